using Bayes.Layers.Conversion;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Samples.DataSets;
using Bayes.Layers.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Samples.Digits;

/// <summary>
/// A convolutional Bayesian network of two convolutions and a linear layer, 5,130 weights and biases under N(0, 1), trained by local reparameterization.
/// </summary>
/// <remarks>
/// The second pooling takes the strongest answer of each channel anywhere in the image, so the network judges strokes wherever they are. With a weight
/// for each of 2 by 2 places it is right as often, but some seeds are as sure of digits that lie on their side as of upright ones.
/// <para>Owns the model; dispose it.</para>
/// </remarks>
internal sealed class DigitsExperiment : IDisposable
{
    private const int FirstChannels = 16;
    private const int SecondChannels = 32;

    private readonly DigitsOptions _options;
    private readonly ElboLoss _loss;
    private readonly DigitImages _train;
    private TrainingHistory? _training;

    public DigitsExperiment(DigitsOptions options, DigitImages train, Device device)
    {
        _options = options;
        _train = train;
        Device = device;
        random.manual_seed(SeedStreams.For(options.Seed, "initialisation"));
        PosteriorInitializer hidden = new FanInInitializer(), last = new FanInInitializer(gain: 1);
        Model = new BayesianSequential(
            new BayesianConv2d(1, FirstChannels, kernelSize: 3, padding: 1, initializer: hidden, device: device), ReLU(), MaxPool2d(2),
            new BayesianConv2d(FirstChannels, SecondChannels, kernelSize: 3, padding: 1, initializer: hidden, device: device), ReLU(), MaxPool2d(DigitsData.Side / 2), Flatten(),
            new BayesianLinear(SecondChannels, DigitsData.Classes, initializer: last, device: device));
        _loss = ElboLoss.Categorical(datasetSize: train.Count, options.Beta);
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
            .Fit(Model, _loss, _train.Input, _train.Target, report, cancellation);

    /// <summary>What the functions say; the same functions at every call.</summary>
    /// <param name="images"><c>[N, 1, 8, 8]</c>.</param>
    /// <param name="keepSamples">Whether the outputs of all draws are kept.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    public Predictive Predict(Tensor images, bool keepSamples = false) =>
        // Not disposed: a MonteCarloPredictive owns the model that it is given.
        new MonteCarloPredictive(Model, _loss.Likelihood, _options.Samples, SeedStreams.For(_options.Seed, "prediction"))
            .Predict(images, keepSamples: keepSamples);

    /// <summary>The accuracy when the weights of the lowest signal-to-noise ratio are left out.</summary>
    public IReadOnlyList<PruningPoint> Prune(DigitImages images, IEnumerable<double> sparsities) =>
        SignalToNoisePruning.Curve(Model, sparsities, _ =>
        {
            using var prediction = Predict(images.Input);
            return Accuracy.Of(prediction.Mean, images.Target);
        });

    /// <summary>What the posterior looks like.</summary>
    public PosteriorDiagnostics Diagnose() => PosteriorDiagnostics.Of(Model, _loss);

    public void Dispose() => Model.Dispose();
}
