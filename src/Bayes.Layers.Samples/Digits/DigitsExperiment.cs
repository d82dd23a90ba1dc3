using Bayes.Layers.Conversion;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Samples.Digits;

/// <summary>
/// A convolutional Bayesian network of two convolutions and a linear layer: 5,130 weights and biases with the prior N(0, 1), trained by local
/// reparameterization.
/// </summary>
/// <remarks>
/// The second pooling takes the strongest response of each channel anywhere in the image, so the network judges strokes wherever they are. A
/// network with a weight for each of 2 by 2 places is as accurate, but with some seeds it is as sure of digits on their side as of upright ones.
/// <para>Owns the model: dispose it.</para>
/// </remarks>
internal sealed class DigitsExperiment : IDisposable
{
    private const int FirstChannels = 16;
    private const int SecondChannels = 32;

    private readonly DigitsOptions _options;
    private readonly ElboLoss _loss;
    private readonly DigitImages _train;

    public DigitsExperiment(DigitsOptions options, DigitImages train, Device device)
    {
        _options = options;
        _train = train;
        random.manual_seed(SeedStreams.For(options.Seed, "initialisation"));
        PosteriorInitializer hidden = new FanInInitializer(), last = new FanInInitializer(gain: 1);
        Model = new BayesianSequential(
            new BayesianConv2d(1, FirstChannels, kernelSize: 3, padding: 1, initializer: hidden, device: device), ReLU(), MaxPool2d(2),
            new BayesianConv2d(FirstChannels, SecondChannels, kernelSize: 3, padding: 1, initializer: hidden, device: device), ReLU(),
            MaxPool2d(DigitsData.Side / 2), Flatten(),
            new BayesianLinear(SecondChannels, DigitsData.Classes, initializer: last, device: device));
        _loss = ElboLoss.Categorical(datasetSize: train.Count, options.Beta);
    }

    /// <summary>The network.</summary>
    public BayesianSequential Model { get; }

    /// <summary>Trains until the last epoch or until cancelled, and reports every finished epoch.</summary>
    /// <exception cref="TrainingDivergedException">Training diverged.</exception>
    public TrainingHistory Train(Action<TrainingEpoch> report, CancellationToken cancellation) =>
        LocalTraining.Fit(_options, Model, _loss, _train.Input, _train.Target, report, cancellation);

    /// <summary>Predicts images, with the same functions in every call.</summary>
    /// <param name="images"><c>[N, 1, 8, 8]</c>.</param>
    /// <param name="keepSamples">Whether the outputs of all draws are kept.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    public Predictive Predict(Tensor images, bool keepSamples = false) =>
        // Not disposed: that would dispose the model, which a MonteCarloPredictive owns.
        new MonteCarloPredictive(Model, _loss.Likelihood, _options.Samples, SeedStreams.For(_options.Seed, "prediction"))
            .Predict(images, keepSamples: keepSamples);

    /// <summary>Computes the accuracy without the weights that have the lowest signal-to-noise ratio, for several shares of them.</summary>
    public IReadOnlyList<PruningPoint> Prune(DigitImages images, IEnumerable<double> sparsities) =>
        SignalToNoisePruning.Curve(Model, sparsities, _ =>
        {
            using var prediction = Predict(images.Input);
            return Accuracy.Of(prediction.Mean, images.Target);
        });

    /// <summary>Describes the posterior.</summary>
    public PosteriorDiagnostics Diagnose() => PosteriorDiagnostics.Of(Model, _loss);

    public void Dispose() => Model.Dispose();
}
