using Bayes.Layers.Diagnostics;
using Bayes.Layers.Training;

namespace Bayes.Layers.Samples.Regression;

/// <summary>What metrics.json holds. The same seed gives the same values but for the times.</summary>
internal sealed record RegressionMetrics
{
    /// <summary>Mean epistemic standard deviation in the gap over that where there are data.</summary>
    public required double EpistemicRatio { get; init; }

    /// <summary>Points apart from those trained on, where there are data.</summary>
    public required RegionEvaluation AtData { get; init; }

    /// <summary>Points in the gap.</summary>
    public required RegionEvaluation InGap { get; init; }

    /// <summary>KL(q ‖ p) of the posterior, in nats.</summary>
    public required double KlDivergence { get; init; }

    /// <summary>What is wrong with the posterior, a sentence each.</summary>
    public required IReadOnlyList<string> PosteriorWarnings { get; init; }

    /// <summary>Every epoch that was finished.</summary>
    public required IReadOnlyList<LossRecord> History { get; init; }

    /// <summary>The loss of the last epoch that was finished; none if there was none.</summary>
    public required double? FinalTrainLoss { get; init; }

    /// <summary>Training steps a second.</summary>
    public required double StepsPerSecond { get; init; }

    /// <summary>Time of the training steps alone.</summary>
    public required double TrainSeconds { get; init; }

    /// <summary>What a hidden unit does.</summary>
    public required string Activation { get; init; }

    /// <summary>Points trained on.</summary>
    public required int Points { get; init; }

    /// <summary>Draws of the prediction.</summary>
    public required int Samples { get; init; }

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>The device computed on.</summary>
    public required string Device { get; init; }

    /// <summary>Puts them together.</summary>
    public static RegressionMetrics Of(
        RegressionOptions options, RegressionExperiment experiment, RegionEvaluation atData, RegionEvaluation inGap, PosteriorDiagnostics diagnostics)
    {
        TrainingHistory training = experiment.Training;
        return new RegressionMetrics
        {
            EpistemicRatio = inGap.EpistemicStddev / atData.EpistemicStddev,
            AtData = atData,
            InGap = inGap,
            KlDivergence = diagnostics.KlDivergence,
            PosteriorWarnings = diagnostics.Warnings,
            History = LossRecord.Of(training),
            FinalTrainLoss = training.Epochs.Count > 0 ? training.Epochs[^1].Loss : null,
            StepsPerSecond = training.StepsPerSecond,
            TrainSeconds = training.Seconds,
            Activation = options.Activation,
            Points = options.Points,
            Samples = options.Samples,
            Seed = options.Seed,
            Device = experiment.Device.ToString(),
        };
    }
}
