using Bayes.Layers.Benchmarks.HandWritten;
using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>
/// Mean and standard deviation over S draws for every row: a stacked loop of S passes, and <see cref="MonteCarloPredictive"/>, which also returns
/// entropies and the parts of the variance; or, with an estimator that does not draw functions, the summarized outputs of its draws. The plain
/// network makes S passes.
/// </summary>
internal sealed class PredictionWork : Workload
{
    private const double Mass = 0.9;

    // The number of rows for the bounds, whose values stay in a core's cache: no variant has to leave it.
    private const long RowsInCache = 4096;

    private readonly Network _network;
    private readonly long _rows;
    private readonly int _draws;
    private readonly SamplingEstimator? _estimator;
    private readonly bool _withInterval;
    private readonly BayesianSequential _model;
    private readonly nn.Module<Tensor, Tensor> _plain;
    private readonly HandWrittenNetwork _byHand;
    private readonly MonteCarloPredictive _predictive;
    private readonly Tensor _input;
    private readonly List<Tensor> _kept = [];

    /// <summary>Creates the work.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="draws">S.</param>
    /// <param name="device">The device.</param>
    /// <param name="seed">With a seed every call draws the same functions, as a server does.</param>
    /// <param name="withInterval">Whether an interval of the target is computed too, of 90%: by hand, of one drawn target for each draw.</param>
    public PredictionWork(Network network, long rows, int draws, Device device, long? seed = null, bool withInterval = false)
        : this(network, rows, draws, estimator: null, device, seed, withInterval)
    {
    }

    public PredictionWork(Network network, long rows, SamplingEstimator estimator, Device device)
        : this(network, rows, estimator.Samples, estimator, device)
    {
    }

    private PredictionWork(
        Network network, long rows, int draws, SamplingEstimator? estimator, Device device, long? seed = null, bool withInterval = false)
        : base(device)
    {
        (_network, _rows, _draws, _estimator, _withInterval) = (network, rows, draws, estimator, withInterval);
        random.manual_seed(8);
        _model = network.Create(device);
        _byHand = new HandWrittenNetwork(_model);
        _plain = _model.ToDeterministic();
        _plain.eval();
        _predictive = new MonteCarloPredictive(_model, network.Likelihood, draws, seed);
        _input = network.Input(rows, device).DetachFromDisposeScope();
    }

    public override object PyTorch => _withInterval
        ? new { work = "interval", network = _network.Name, rows = _rows, draws = _draws }
        : new { work = "prediction", network = _network.Name, rows = _rows, draws = _draws };

    public override void Baseline() => Discard(ByHand);

    public override void Library()
    {
        using var scope = NewDisposeScope();
        using var prediction = Predict();
        if (_withInterval)
            prediction.PredictionInterval(Mass);
        Synchronize();
    }

    public override Action Plain => () => Repeat(_draws, () => _plain.call(_input));

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
                    : new Bound("noise", () => Discard(() => empty(_draws * _byHand.Weights(_rows), device: Device).normal_())),
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
        var (mean, stddev) = Moments(_byHand.StackedLoop(_input, _draws));
        using var prediction = Predict();
        var standardError = stddev.mul(stddev).add(prediction.EpistemicStddev.mul(prediction.EpistemicStddev)).mean().ToDouble() / _draws;
        double distance = mean.sub(prediction.Mean).pow(2).mean().ToDouble();
        if (!(distance < 16 * standardError))
            throw new InvalidOperationException(
                FormattableString.Invariant(
                    $"The means of {_draws} draws are {Math.Sqrt(distance):g3} apart; expected about {Math.Sqrt(standardError):g3}."));
        RequireClose("The mean standard deviation over the draws", stddev.mean().ToDouble(), prediction.EpistemicStddev.mean().ToDouble(),
            _draws < 30 ? 0.6 : 0.35);
        if (!_withInterval)
            return;
        var (lower, upper) = prediction.PredictionInterval(Mass);
        var ends = ByHandInterval(_byHand.StackedLoop(_input, _draws));
        RequireClose("The mean width of the interval", ends[1].sub(ends[0]).mean().ToDouble(), upper.sub(lower).mean().ToDouble(), 0.35);
    }

    public override void Dispose()
    {
        foreach (var tensor in _kept)
            tensor.Dispose();
        _input.Dispose();
        _byHand.Dispose();
        _predictive.Dispose();
        _plain.Dispose();
        _model.Dispose();
    }

    private Predictive Predict()
    {
        if (_estimator is null)
            return _predictive.Predict(_input, keepSamples: _withInterval);
        using var noGrad = no_grad();
        return Predictive.OfSamples(_model.Sample(_input, _estimator), _network.Likelihood);
    }

    private Tensor ByHand()
    {
        var outputs = _byHand.StackedLoop(_input, _draws);
        var (mean, stddev) = Moments(outputs);
        return _withInterval ? ByHandInterval(outputs) : mean.add(stddev);
    }

    private (Tensor Mean, Tensor Stddev) Moments(Tensor outputs)
    {
        var expectations = _network.Expectations(outputs);
        return (expectations.mean([0L]), expectations.std(0L));
    }

    // The noise of the likelihood is N(0, 1).
    private Tensor ByHandInterval(Tensor outputs) =>
        quantile(outputs + randn_like(outputs), tensor([(1 - Mass) / 2, (1 + Mass) / 2], dtype: outputs.dtype, device: Device), 0);

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
