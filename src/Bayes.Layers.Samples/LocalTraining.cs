using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples;

/// <summary>How the samples train whose batches are not of one row: by local reparameterization, with Adam and a learning rate that falls along a cosine.</summary>
/// <param name="Epochs">Passes over the data.</param>
/// <param name="BatchSize">Rows a step.</param>
/// <param name="LearningRate">That of the start; it falls to a twentieth.</param>
/// <param name="Seed">The run's: noise and batches have seeds of their own from it.</param>
internal sealed record LocalTraining(int Epochs, int BatchSize, double LearningRate, long Seed)
{
    private const double FinalLearningRateRatio = 0.05;

    /// <summary>Trains until the last epoch or until cancelled, and reports every epoch that is finished.</summary>
    /// <exception cref="TrainingDivergedException">Training diverged.</exception>
    public TrainingHistory Fit(
        BayesianModule model, ElboLoss loss, Tensor input, Tensor target, Action<TrainingEpoch> report, CancellationToken cancellation)
    {
        using var noise = new TorchNoise(SeedStreams.For(Seed, "training"));
        var trainer = new VariationalTrainer(model, loss, new VariationalTrainerOptions
        {
            Epochs = Epochs,
            BatchSize = BatchSize,
            LearningRate = LearningRate,
            CreateScheduler = optimizer => optim.lr_scheduler.CosineAnnealingLR(optimizer, Epochs, eta_min: FinalLearningRateRatio * LearningRate),
            // Noise for every place of an image, with which the settings of the digits were chosen.
            Estimator = new LocalReparameterization(1, noise, isIndependentByPlace: true),
            KlSchedule = new ConstantKl(),
            ShuffleSeed = unchecked((int)SeedStreams.For(Seed, "shuffling")),
        });
        return trainer.Fit(input, target, progress: new AfterEpoch(progress => report(progress.Epoch)), cancellationToken: cancellation);
    }
}
