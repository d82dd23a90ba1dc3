using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>
/// The experiment: a 2-5-5-1 Bayesian network without biases, with tanh between its layers and a sigmoid at the end, trained by Bayes by
/// Backprop with one draw per step. Initial values, estimator, optimizer and KL weight are those of the notebook, not the library's defaults.
/// </summary>
/// <remarks>Owns the model: dispose it.</remarks>
internal sealed class BreastCancerExperiment : IDisposable
{
    private const double WeightDecay = 0.01;

    private readonly BreastCancerOptions _options;
    private readonly ExperimentData _data;
    private readonly ElboLoss _loss;

    public BreastCancerExperiment(BreastCancerOptions options, ExperimentData data, Device device)
    {
        _options = options;
        _data = data;
        random.manual_seed(SeedStreams.For(options.Seed, "initialisation"));
        var start = new NormalInitializer(meanStddev: 0.1, logVarianceMean: -2, logVarianceStddev: 0.1);
        Model = new BayesianSequential(
            new BayesianLinear(2, 5, hasBias: false, initializer: start, device: device), Tanh(),
            new BayesianLinear(5, 5, hasBias: false, initializer: start, device: device), Tanh(),
            new BayesianLinear(5, 1, hasBias: false, initializer: start, device: device), Sigmoid());
        _loss = new ElboLoss(new BernoulliLikelihood(BernoulliOutput.Probabilities), datasetSize: data.TrainInput.shape[0], options.Beta);
    }

    /// <summary>The network.</summary>
    public BayesianSequential Model { get; }

    /// <summary>Trains until the last epoch or until cancelled, and reports every finished epoch.</summary>
    /// <exception cref="InvalidOperationException">Training diverged.</exception>
    public TrainingHistory Train(Action<EpochRecord> report, CancellationToken cancellation)
    {
        using var noise = new TorchNoise(SeedStreams.For(_options.Seed, "training"));
        var trainer = new VariationalTrainer(Model, _loss, new VariationalTrainerOptions
        {
            Epochs = _options.Epochs,
            BatchSize = _options.BatchSize,
            LearningRate = _options.LearningRate,
            CreateOptimizer = (parameters, learningRate) => optim.AdamW(parameters, lr: learningRate, weight_decay: WeightDecay),
            Estimator = new Reparameterization(1, noise),
            KlSchedule = new ConstantKl(),
            ShuffleSeed = unchecked((int)SeedStreams.For(_options.Seed, "shuffling")),
        });
        int finished = 0;
        try
        {
            return trainer.Fit(_data.TrainInput, _data.TrainTarget, progress: new AfterEpoch(Report), cancellationToken: cancellation);
        }
        catch (ArgumentException exception)
        {
            // The likelihood refuses outputs that are not probabilities.
            throw new InvalidOperationException(
                $"Training diverged in epoch {finished + 1}: {exception.Message} A learning rate below {_options.LearningRate} may help.",
                exception);
        }

        void Report(TrainingProgress progress)
        {
            finished = progress.Epoch.Number;
            report(new EpochRecord(finished, progress.Epoch.Loss, TestAccuracy()));
        }
    }

    /// <summary>Evaluates the predictive mean on the test half.</summary>
    public TestEvaluation Evaluate()
    {
        using var prediction = PredictTest();
        return TestEvaluation.Of(prediction, _data.TestTarget);
    }

    /// <summary>Describes the posterior.</summary>
    /// <remarks>The notebook's learning rate leaves sigma near its initial value. The experiment repeats that, so it does not warn of it.</remarks>
    public PosteriorDiagnostics Diagnose() => PosteriorDiagnostics.Of(Model, _loss, new CollapseThresholds { StartStddevShift = 0 });

    /// <summary>Predicts points of the plane.</summary>
    /// <param name="points"><c>[N, 2]</c>.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    public Predictive PredictGrid(Tensor points) => Predict(_options.GridSamples, "maps", points);

    public void Dispose() => Model.Dispose();

    private double TestAccuracy()
    {
        using var prediction = PredictTest();
        return Accuracy.Of(prediction.Mean, _data.TestTarget);
    }

    private Predictive PredictTest() => Predict(_options.Samples, "evaluation", _data.TestInput);

    private Predictive Predict(int samples, string purpose, Tensor input) =>
        // Not disposed: that would dispose the model, which a MonteCarloPredictive owns.
        new MonteCarloPredictive(Model, _loss.Likelihood, samples, SeedStreams.For(_options.Seed, purpose)).forward(input);
}
