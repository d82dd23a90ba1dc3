using Bayes.Layers.Diagnostics;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Series;

/// <summary>A Bayesian LSTM with a linear layer that outputs the mean and the log-variance of a day some days ahead.</summary>
/// <remarks>Owns the model: dispose it.</remarks>
internal sealed class SeriesExperiment : IDisposable
{
    private readonly SeriesOptions _options;
    private readonly SeriesWindows _windows;
    private readonly ElboLoss _loss;

    public SeriesExperiment(SeriesOptions options, SeriesWindows windows, Device device)
    {
        _options = options;
        _windows = windows;
        random.manual_seed(SeedStreams.For(options.Seed, "initialisation"));
        Model = new BayesianSequential(
            new BayesianLSTM(SeriesWindows.Features, options.Hidden, returnsSequence: false, device: device),
            new BayesianLinear(options.Hidden, 2, device: device));
        _loss = new ElboLoss(new HeteroscedasticGaussianLikelihood(), windows.TrainInput.shape[0], options.Beta);
    }

    /// <summary>The network.</summary>
    public BayesianSequential Model { get; }

    /// <summary>Trains until the last epoch or until cancelled, and reports every finished epoch.</summary>
    /// <exception cref="TrainingDivergedException">Training diverged.</exception>
    public TrainingHistory Train(Action<TrainingEpoch> report, CancellationToken cancellation) =>
        LocalTraining.Fit(_options, Model, _loss, _windows.TrainInput, _windows.TrainTarget, report, cancellation);

    /// <summary>Forecasts the test days in the unit of the series, and keeps the outputs of all draws.</summary>
    /// <returns>A prediction that the caller disposes.</returns>
    public Predictive Forecast()
    {
        using var scope = NewDisposeScope();
        // Not disposed: that would dispose the model, which a MonteCarloPredictive owns.
        using var standardized = new MonteCarloPredictive(
            Model, _loss.Likelihood, _options.Samples, SeedStreams.For(_options.Seed, "prediction")).Predict(_windows.TestInput, keepSamples: true);

        // A change of unit moves and scales the mean, and scales the variance.
        using Scalar unit = _windows.Unit, logOfSquare = 2 * Math.Log(_windows.Unit), one = 1.0;
        var mean = standardized.Samples.narrow(-1, 0, 1).mul(unit).add_(_windows.TestLevel, one);
        var logVariance = standardized.Samples.narrow(-1, 1, 1).add(logOfSquare, one);
        return Predictive.OfSamples(cat([mean, logVariance], -1), _loss.Likelihood).MoveToOuterDisposeScope();
    }

    /// <summary>Describes the posterior.</summary>
    public PosteriorDiagnostics Diagnose() => PosteriorDiagnostics.Of(Model, _loss);

    public void Dispose() => Model.Dispose();
}
