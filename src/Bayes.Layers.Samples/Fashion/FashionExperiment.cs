using Bayes.Layers.Diagnostics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Samples.Fashion;

/// <summary>
/// A convolutional Bayesian neural network of two convolutions with strides and a linear layer, with the prior N(0, 1), trained by local
/// reparameterization. Strides instead of pooling keep an epoch of 60,000 images short on a processor.
/// </summary>
/// <remarks>Owns the model: dispose it.</remarks>
internal sealed class FashionExperiment : IDisposable
{
    private const int FirstChannels = 16;
    private const int SecondChannels = 32;

    private readonly FashionOptions _options;
    private readonly FashionImages _train;
    private readonly ElboLoss _loss;

    public FashionExperiment(FashionOptions options, FashionImages train, Device device)
    {
        _options = options;
        _train = train;
        random.manual_seed(SeedStreams.For(options.Seed, "initialisation"));
        PosteriorInitializer hidden = new FanInInitializer(), last = new FanInInitializer(gain: 1);
        long height = Halved(Halved(train.Input.shape[2])), width = Halved(Halved(train.Input.shape[3]));
        Model = new BayesianSequential(
            new BayesianConv2d(1, FirstChannels, kernelSize: 5, stride: 2, padding: 2, initializer: hidden, device: device), ReLU(),
            new BayesianConv2d(FirstChannels, SecondChannels, kernelSize: 3, stride: 2, padding: 1, initializer: hidden, device: device), ReLU(),
            Flatten(),
            new BayesianLinear(SecondChannels * height * width, LabelledImages.Classes, initializer: last, device: device));
        _loss = ElboLoss.Categorical(datasetSize: train.Count, options.Beta);
    }

    /// <summary>The network.</summary>
    public BayesianSequential Model { get; }

    /// <summary>Trains until the last epoch or until cancelled, and reports every finished epoch.</summary>
    /// <exception cref="TrainingDivergedException">Training diverged.</exception>
    public TrainingHistory Train(Action<TrainingEpoch> report, CancellationToken cancellation) =>
        LocalTraining.Fit(_options, Model, _loss, _train.Input, _train.Target, report, cancellation);

    /// <summary>Predicts images, with the same functions in every call.</summary>
    /// <param name="images"><c>[N, 1, height, width]</c>.</param>
    /// <param name="keepSamples">Whether the outputs of all draws are kept.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    public Predictive Predict(Tensor images, bool keepSamples = false) =>
        // Not disposed: that would dispose the model, which a MonteCarloPredictive owns.
        new MonteCarloPredictive(Model, _loss.Likelihood, _options.Samples, SeedStreams.For(_options.Seed, "prediction"))
            .Predict(images, keepSamples: keepSamples);

    /// <summary>Describes the posterior.</summary>
    public PosteriorDiagnostics Diagnose() => PosteriorDiagnostics.Of(Model, _loss);

    public void Dispose() => Model.Dispose();

    private static long Halved(long size) => (size + 1) / 2;
}
