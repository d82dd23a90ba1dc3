using Bayes.Layers.Benchmarks.HandWritten;
using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>
/// Mean and standard deviation over S draws for every row: a stacked loop of S passes, and <see cref="MonteCarloPredictive"/>, which also returns
/// entropies and the parts of the variance; or, with an estimator that does not draw functions, the summarized outputs of its draws.
/// </summary>
internal sealed class PredictionWork : Workload
{
    // The number of rows for the bounds, whose values stay in a core's cache: no variant has to leave it.
    private const long RowsInCache = 4096;

    private readonly Network _network;
    private readonly long _rows;
    private readonly int _draws;
    private readonly SamplingEstimator? _estimator;
    private readonly BayesianSequential _model;
    private readonly HandWrittenNetwork _byHand;
    private readonly MonteCarloPredictive _predictive;
    private readonly Tensor _input;
    private readonly List<Tensor> _kept = [];

    public PredictionWork(Network network, long rows, int draws, Device device) : this(network, rows, draws, estimator: null, device)
    {
    }

    public PredictionWork(Network network, long rows, SamplingEstimator estimator, Device device)
        : this(network, rows, estimator.Samples, estimator, device)
    {
    }

    private PredictionWork(Network network, long rows, int draws, SamplingEstimator? estimator, Device device) : base(device)
    {
        (_network, _rows, _draws, _estimator) = (network, rows, draws, estimator);
        random.manual_seed(8);
        _model = network.Create(device);
        _byHand = new HandWrittenNetwork(_model);
        _predictive = new MonteCarloPredictive(_model, network.Likelihood, draws);
        _input = network.Input(rows, device).DetachFromDisposeScope();
    }

    public override object PyTorch => new { work = "prediction", network = _network.Name, rows = _rows, draws = _draws };

    public override void Baseline() => Discard(ByHand);

    public override void Library()
    {
        using var scope = NewDisposeScope();
        using var prediction = Predict();
        Synchronize();
    }

    public override IReadOnlyList<Bound> Bounds
    {
        get
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            long rows = Math.Min(_rows, RowsInCache);
            long passes = (_rows + rows - 1) / rows * _draws;
            var part = _input.narrow(0, 0, rows);
            var layers = Keep(_byHand.LayerCalls(part));
            var activations = Keep(_byHand.PlainCalls(part).Where(call => call.Callee is TorchSharp.Modules.Tanh or TorchSharp.Modules.Sigmoid));
            return
            [
                new Bound("products", () => Repeat(passes, () => layers.ForEach(call => call.Callee.ForwardMean(call.Input)))),
                activations.Count > 0
                    ? new Bound("tanh and sigmoid", () => Repeat(passes, () => activations.ForEach(call => call.Callee.call(call.Input))))
                    : new Bound("noise", () => Discard(() => empty(_draws * _byHand.Weights, device: Device).normal_())),
            ];
        }
    }

    /// <summary>
    /// Both are the same network at the posterior mean, and estimate the same probabilities and spreads within the Monte Carlo error.
    /// </summary>
    public override void RequireAgreement()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var part = _input.narrow(0, 0, Math.Min(_rows, RowsInCache));
        if (!_model.Sample(part, PosteriorMean.Instance).squeeze(0).allclose(_byHand.ForwardMean(part), 1e-4, 1e-5))
            throw new InvalidOperationException($"At the posterior's mean the library's {_network.Name} network is not the one written by hand.");
        var (mean, stddev) = ByHandMoments();
        using var prediction = Predict();
        var standardError = stddev.mul(stddev).add(prediction.EpistemicStddev.mul(prediction.EpistemicStddev)).mean().ToDouble() / _draws;
        double distance = mean.sub(prediction.Mean).pow(2).mean().ToDouble();
        if (!(distance < 16 * standardError))
            throw new InvalidOperationException(
                FormattableString.Invariant(
                    $"The means of {_draws} draws are {Math.Sqrt(distance):g3} apart; expected about {Math.Sqrt(standardError):g3}."));
        RequireClose("The mean standard deviation over the draws", stddev.mean().ToDouble(), prediction.EpistemicStddev.mean().ToDouble(),
            _draws < 30 ? 0.6 : 0.35);
    }

    public override void Dispose()
    {
        foreach (var tensor in _kept)
            tensor.Dispose();
        _input.Dispose();
        _byHand.Dispose();
        _predictive.Dispose();
        _model.Dispose();
    }

    private Predictive Predict()
    {
        if (_estimator is null)
            return _predictive.forward(_input);
        using var noGrad = no_grad();
        return Predictive.OfSamples(_model.Sample(_input, _estimator), _network.Likelihood);
    }

    private Tensor ByHand()
    {
        var (mean, stddev) = ByHandMoments();
        return mean.add(stddev);
    }

    private (Tensor Mean, Tensor Stddev) ByHandMoments()
    {
        var probabilities = _network.Probabilities(_byHand.StackedLoop(_input, _draws));
        return (probabilities.mean([0L]), probabilities.std(0L));
    }

    private void Discard(Func<Tensor> compute)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        compute();
        Synchronize();
    }

    private void Repeat(long passes, Action pass)
    {
        using var noGrad = no_grad();
        for (long done = 0; done < passes; done++)
        {
            using var scope = NewDisposeScope();
            pass();
        }
        Synchronize();
    }

    // The inputs of the bounds live as long as the workload.
    private List<(T Callee, Tensor Input)> Keep<T>(IEnumerable<(T Callee, Tensor Input)> calls)
    {
        List<(T, Tensor)> kept = [.. calls.Select(call => (call.Callee, call.Input.alias().DetachFromDisposeScope()))];
        _kept.AddRange(kept.Select(call => call.Item2));
        return kept;
    }
}
