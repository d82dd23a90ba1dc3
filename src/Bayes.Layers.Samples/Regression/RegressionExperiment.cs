using Bayes.Layers.Diagnostics;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Regression;

/// <summary>A 1-50-2 Bayesian network that outputs a mean and a log-variance for every x, trained by local reparameterization.</summary>
/// <remarks>
/// The hidden units are local (<see cref="GaussianUnits"/>). Units that respond only in the gap see no data, so their outgoing weights keep the
/// prior, and the functions differ there as much as the prior allows. Units that reach across the gap, like those of tanh and ReLU, are determined
/// from both sides, and a posterior with independent weights cannot express that combinations of them are still free in between
/// (Foong, Li, Hernández-Lobato &amp; Turner 2019, "'In-Between' Uncertainty in Bayesian Neural Networks").
/// <para>The prior of the first layer spreads the units' centres, −b / w, over the range of x and makes the units about half a unit of x wide. The
/// prior of the last layer lets the mean vary about as much as the targets, and the log-variance less. The means of the first layer start as
/// draws from its prior, with a sigma a tenth as wide, so that training begins with units everywhere and little noise.</para>
/// <para>Owns the model: dispose it.</para>
/// </remarks>
internal sealed class RegressionExperiment : IDisposable
{
    private const int HiddenUnits = 50;

    // Of the weights and biases of the first layer: a unit is 1 / 2 wide.
    private const double FirstPriorStddev = 2;
    private const double MeanPriorStddev = 0.5;
    private const double LogVariancePriorStddev = 0.2;

    // Wide, because the log-variance of the noise is far below 0.
    private const double LastBiasPriorStddev = 2;

    private const double InitialStddevRatio = 0.1;

    private readonly RegressionOptions _options;
    private readonly RegressionData _data;
    private readonly ElboLoss _loss;

    public RegressionExperiment(RegressionOptions options, RegressionData data, Device device)
    {
        _options = options;
        _data = data;
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

    /// <summary>Trains until the last epoch or until cancelled, and reports every finished epoch.</summary>
    /// <exception cref="TrainingDivergedException">Training diverged.</exception>
    public TrainingHistory Train(Action<TrainingEpoch> report, CancellationToken cancellation) =>
        LocalTraining.Fit(_options, Model, _loss, _data.TrainInput, _data.TrainTarget, report, cancellation);

    /// <summary>Predicts points, with the same functions in every call, and keeps the outputs of all draws.</summary>
    /// <param name="input"><c>[N, 1]</c>.</param>
    /// <param name="target"><c>[N, 1]</c>, or null for a prediction without log densities.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    public Predictive Predict(Tensor input, Tensor? target = null) =>
        // Not disposed: that would dispose the model, which a MonteCarloPredictive owns.
        new MonteCarloPredictive(Model, _loss.Likelihood, _options.Samples, SeedStreams.For(_options.Seed, "prediction"))
            .Predict(input, target, keepSamples: true);

    /// <summary>Describes the posterior.</summary>
    public PosteriorDiagnostics Diagnose() => PosteriorDiagnostics.Of(Model, _loss);

    public void Dispose() => Model.Dispose();

    private static Prior LastPrior()
    {
        // One row for each output: the mean, then the log-variance.
        var stddev = tensor([MeanPriorStddev, LogVariancePriorStddev], [2, 1], dtype: float32).expand(2, HiddenUnits);
        return NormalPrior.PerWeight(zeros_like(stddev), stddev);
    }
}
