using System.Diagnostics;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>
/// The experiment itself: a 2-5-5-1 Bayesian network without bias, tanh between and a sigmoid at the end, trained by Bayes
/// by Backprop with one draw a step.
/// </summary>
/// <remarks>Owns the model; dispose it.</remarks>
internal sealed class BreastCancerExperiment : IDisposable
{
    private const double WeightDecay = 0.01;

    private readonly BreastCancerOptions _options;
    private readonly ExperimentData _data;
    private readonly Device _device;
    private readonly ElboLoss _loss;

    public BreastCancerExperiment(BreastCancerOptions options, ExperimentData data, Device device)
    {
        _options = options;
        _data = data;
        _device = device;
        random.manual_seed(SeedStreams.For(options.Seed, "initialisation"));
        Model = new BayesianSequential(
            new BayesianLinear(2, 5, hasBias: false, device: device), Tanh(),
            new BayesianLinear(5, 5, hasBias: false, device: device), Tanh(),
            new BayesianLinear(5, 1, hasBias: false, device: device), Sigmoid());
        _loss = new ElboLoss(new BernoulliLikelihood(BernoulliOutput.Probabilities), datasetSize: data.TrainInput.shape[0], options.Beta);
    }

    /// <summary>The network.</summary>
    public BayesianSequential Model { get; }

    /// <summary>Where it computes.</summary>
    public Device Device => _device;

    /// <summary>Steps taken so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Time spent in them.</summary>
    public TimeSpan TrainingTime { get; private set; }

    /// <summary>Trains until the last epoch or until cancelled, and reports every epoch that is finished.</summary>
    /// <exception cref="InvalidOperationException">Training diverged.</exception>
    public IReadOnlyList<EpochRecord> Train(Action<EpochRecord> report, CancellationToken cancellation)
    {
        using var noise = new TorchNoise(SeedStreams.For(_options.Seed, "training"));
        using var step = new VariationalStep(
            Model, _loss, parameters => optim.AdamW(parameters, lr: _options.LearningRate, weight_decay: WeightDecay), new Reparameterization(1, noise));
        var shuffle = new Random(unchecked((int)SeedStreams.For(_options.Seed, "shuffling")));
        long[] order = [.. Enumerable.Range(0, (int)_data.TrainInput.shape[0])];
        var history = new List<EpochRecord>();
        for (int epoch = 1; epoch <= _options.Epochs; epoch++)
        {
            shuffle.Shuffle(order);
            double? loss;
            try
            {
                loss = TrainEpoch(step, order, cancellation);
            }
            catch (ArgumentException exception)
            {
                // The likelihood refuses what is no probability any more.
                throw Diverged(epoch, exception.Message);
            }
            if (loss is not { } mean)
                break;
            if (!double.IsFinite(mean))
                throw Diverged(epoch, $"the loss is {mean}.");
            var record = new EpochRecord(epoch, mean, TestAccuracy());
            history.Add(record);
            report(record);
        }
        return history;
    }

    /// <summary>Evaluates the mean over draws on the test half.</summary>
    public TestEvaluation Evaluate()
    {
        using var prediction = PredictTest();
        return TestEvaluation.Of(prediction, _data.TestTarget);
    }

    /// <summary>What the posterior looks like.</summary>
    public PosteriorDiagnostics Diagnose() => PosteriorDiagnostics.Of(Model, _loss);

    /// <summary>What the functions say of points of the plane.</summary>
    /// <param name="points"><c>[N, 2]</c>.</param>
    public Predictive PredictGrid(Tensor points) => Predict(_options.GridSamples, "maps", points);

    public void Dispose() => Model.Dispose();

    private InvalidOperationException Diverged(int epoch, string how) =>
        new($"Training diverged in epoch {epoch}: {how} A learning rate below {_options.LearningRate} may help.");

    private double TestAccuracy()
    {
        using var prediction = PredictTest();
        return Accuracy.Of(prediction.Mean, _data.TestTarget);
    }

    private Predictive PredictTest() => Predict(_options.Samples, "evaluation", _data.TestInput);

    private Predictive Predict(int samples, string purpose, Tensor input) =>
        // Not disposed: a MonteCarloPredictive owns the model that it is given.
        new MonteCarloPredictive(Model, _loss.Likelihood, samples, SeedStreams.For(_options.Seed, purpose)).forward(input);

    /// <summary>The mean loss, or none where the epoch was cut short.</summary>
    private double? TrainEpoch(VariationalStep step, long[] order, CancellationToken cancellation)
    {
        using var epoch = NewDisposeScope();
        var watch = Stopwatch.StartNew();
        var rows = tensor(order, int64).to(_device);
        Tensor inputs = _data.TrainInput.index_select(0, rows), targets = _data.TrainTarget.index_select(0, rows);
        double sum = 0;
        try
        {
            for (long start = 0; start < order.Length; start += _options.BatchSize)
            {
                if (cancellation.IsCancellationRequested)
                    return null;
                using var batch = NewDisposeScope();
                long size = Math.Min(_options.BatchSize, order.Length - start);
                sum += size * step.Run(inputs.narrow(0, start, size), targets.narrow(0, start, size)).Total.ToDouble();
                Steps++;
            }
        }
        finally
        {
            TrainingTime += watch.Elapsed;
        }
        return sum / order.Length;
    }
}
