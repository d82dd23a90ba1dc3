using Bayes.Layers.Diagnostics;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Regression;

/// <summary>
/// A 1-50-2 Bayesian network that gives a mean and a log-variance for every x, trained by local reparameterization.
/// </summary>
/// <remarks>
/// The hidden units are local (<see cref="GaussianUnits"/>): those that answer in the gap alone meet no data, so their outgoing weights stay at
/// the prior, and functions differ there as much as the prior lets them. Units that reach over the gap, as tanh and ReLU do, are pinned down
/// from both sides, and a posterior whose weights are independent cannot say that together they are still free in between
/// (Foong, Li, Hernández-Lobato &amp; Turner 2019, "'In-Between' Uncertainty in Bayesian Neural Networks").
/// <para>The prior of the first layer puts the units' centres, −b / w, over the range of x, and makes them about half a unit of x wide;
/// that of the last lets the mean vary about as much as the targets do, and the logarithm of the noise less. Means start as draws from the
/// first, and sigma at a tenth of that, so that training begins with units everywhere and next to no noise.</para>
/// <para>Owns the model; dispose it.</para>
/// </remarks>
internal sealed class RegressionExperiment : IDisposable
{
    private const int HiddenUnits = 50;

    // Of weight and bias of the first layer: a unit is 1 / 2 wide.
    private const double FirstPriorStddev = 2;
    private const double MeanPriorStddev = 0.5;
    private const double LogVariancePriorStddev = 0.2;

    // Wide, for the logarithm of the noise's variance, which lies far below 0.
    private const double LastBiasPriorStddev = 2;

    private const double InitialStddevRatio = 0.1;

    private readonly RegressionOptions _options;
    private readonly RegressionData _data;
    private readonly ElboLoss _loss;
    private TrainingHistory? _training;

    public RegressionExperiment(RegressionOptions options, RegressionData data, Device device)
    {
        _options = options;
        _data = data;
        Device = device;
        using var scope = NewDisposeScope();
        random.manual_seed(SeedStreams.For(options.Seed, "initialisation"));
        var scattered = new NormalInitializer(
            FirstPriorStddev, logVarianceMean: 2 * Math.Log(InitialStddevRatio * FirstPriorStddev), logVarianceStddev: 0);
        Model = new BayesianSequential(
            new BayesianLinear(1, HiddenUnits, prior: new NormalPrior(0, FirstPriorStddev), initializer: scattered, device: device),
            Activations.Of(options.Activation),
            new BayesianLinear(
                HiddenUnits, 2, prior: LastPrior(), biasPrior: new NormalPrior(0, LastBiasPriorStddev),
                initializer: new FanInInitializer(gain: 1, InitialStddevRatio), device: device));
        _loss = new ElboLoss(new HeteroscedasticGaussianLikelihood(), datasetSize: data.Train.Count, options.Beta);
    }

    /// <summary>The network.</summary>
    public BayesianSequential Model { get; }

    /// <summary>Where it computes.</summary>
    public Device Device { get; }

    /// <summary>What training was like.</summary>
    /// <exception cref="InvalidOperationException">It has not ended.</exception>
    public TrainingHistory Training => _training ?? throw new InvalidOperationException("The model was not trained.");

    /// <summary>Trains until the last epoch or until cancelled, and reports every epoch that is finished.</summary>
    /// <exception cref="TrainingDivergedException">Training diverged.</exception>
    public TrainingHistory Train(Action<TrainingEpoch> report, CancellationToken cancellation) =>
        _training = new LocalTraining(_options.Epochs, _options.BatchSize, _options.LearningRate, _options.Seed)
            .Fit(Model, _loss, _data.TrainInput, _data.TrainTarget, report, cancellation);

    /// <summary>What the functions say, their outputs kept; the same functions at every call.</summary>
    /// <param name="input"><c>[N, 1]</c>.</param>
    /// <param name="target"><c>[N, 1]</c>, where there is one.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    public Predictive Predict(Tensor input, Tensor? target = null) =>
        // Not disposed: a MonteCarloPredictive owns the model that it is given.
        new MonteCarloPredictive(Model, _loss.Likelihood, _options.Samples, SeedStreams.For(_options.Seed, "prediction"))
            .Predict(input, target, keepSamples: true);

    /// <summary>What the posterior looks like.</summary>
    public PosteriorDiagnostics Diagnose() => PosteriorDiagnostics.Of(Model, _loss);

    public void Dispose() => Model.Dispose();

    private static Prior LastPrior()
    {
        // A row for each output: the mean, then the log-variance.
        var stddev = tensor([MeanPriorStddev, LogVariancePriorStddev], [2, 1], dtype: float32).expand(2, HiddenUnits);
        return NormalPrior.PerWeight(zeros_like(stddev), stddev);
    }
}
