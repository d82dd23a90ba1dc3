using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Samples.Support.CommandLine;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>
/// Training of the samples whose batches have many rows: by local reparameterization, with Adam and a learning rate that falls along a cosine to
/// a twentieth.
/// </summary>
internal static class LocalTraining
{
    private const double FinalLearningRateRatio = 0.05;

    /// <summary>Trains until the last epoch or until cancelled, and reports every finished epoch.</summary>
    /// <exception cref="TrainingDivergedException">Training diverged.</exception>
    public static TrainingHistory Fit(
        SampleOptions options, BayesianModule model, ElboLoss loss, Tensor input, Tensor target, Action<TrainingEpoch> report,
        CancellationToken cancellation)
    {
        using var noise = new TorchNoise(SeedStreams.For(options.Seed, "training"));
        var trainer = new VariationalTrainer(model, loss, new VariationalTrainerOptions
        {
            Epochs = options.Epochs,
            BatchSize = options.BatchSize,
            LearningRate = options.LearningRate,
            CreateScheduler = optimizer =>
                optim.lr_scheduler.CosineAnnealingLR(optimizer, options.Epochs, eta_min: FinalLearningRateRatio * options.LearningRate),
            // Noise for every place of an image: the settings of the digits were chosen with it.
            Estimator = new LocalReparameterization(1, noise, isIndependentByPlace: true),
            KlSchedule = new ConstantKl(),
            ShuffleSeed = unchecked((int)SeedStreams.For(options.Seed, "shuffling")),
        });
        return trainer.Fit(input, target, progress: new AfterEpoch(progress => report(progress.Epoch)), cancellationToken: cancellation);
    }
}
