using Bayes.Layers.Conversion;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Training;

namespace Bayes.Layers.Samples.Digits;

/// <summary>What metrics.json holds. The same seed gives the same values but for the times.</summary>
internal sealed record DigitsMetrics
{
    /// <summary>Share of the test part classified rightly.</summary>
    public required double Accuracy { get; init; }

    /// <summary>−log p of the true class, nats per image.</summary>
    public required double NegativeLogLikelihood { get; init; }

    /// <summary>In [0, 2].</summary>
    public required double BrierScore { get; init; }

    /// <summary>Of the confidence in a prediction, in ten bins.</summary>
    public required double ExpectedCalibrationError { get; init; }

    /// <summary>Of the confidence in a prediction, in ten bins.</summary>
    public required double MaximumCalibrationError { get; init; }

    /// <summary>Counts on the test part: rows are true digits, columns predicted ones.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> ConfusionMatrix { get; init; }

    /// <summary>The test part turned by angles.</summary>
    public required IReadOnlyList<TurnedDigits> Rotation { get; init; }

    /// <summary>The accuracy, as value, at sparsities.</summary>
    public required IReadOnlyList<PruningPoint> Pruning { get; init; }

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

    /// <summary>Draws of every prediction.</summary>
    public required int Samples { get; init; }

    /// <summary>The weight of the KL divergence.</summary>
    public required double Beta { get; init; }

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>The seed of the split.</summary>
    public required uint SplitSeed { get; init; }

    /// <summary>The device computed on.</summary>
    public required string Device { get; init; }

    /// <summary>Whose the data are.</summary>
    public required string Attribution { get; init; }

    /// <summary>Puts them together.</summary>
    public static DigitsMetrics Of(
        DigitsOptions options,
        DigitsExperiment experiment,
        ClassificationReport report,
        IReadOnlyList<TurnedDigits> turned,
        IReadOnlyList<PruningPoint> pruning,
        PosteriorDiagnostics diagnostics)
    {
        TrainingHistory training = experiment.Training;
        return new DigitsMetrics
        {
            Accuracy = report.Accuracy,
            NegativeLogLikelihood = report.NegativeLogLikelihood,
            BrierScore = report.BrierScore,
            ExpectedCalibrationError = report.Calibration.ExpectedError,
            MaximumCalibrationError = report.Calibration.MaximumError,
            ConfusionMatrix = report.MulticlassConfusionMatrix!.Counts,
            Rotation = turned,
            Pruning = pruning,
            KlDivergence = diagnostics.KlDivergence,
            PosteriorWarnings = diagnostics.Warnings,
            History = LossRecord.Of(training),
            FinalTrainLoss = training.Epochs.Count > 0 ? training.Epochs[^1].Loss : null,
            StepsPerSecond = training.StepsPerSecond,
            TrainSeconds = training.Seconds,
            Samples = options.Samples,
            Beta = options.Beta,
            Seed = options.Seed,
            SplitSeed = options.SplitSeed,
            Device = experiment.Device.ToString(),
            Attribution = DataSets.DigitsAttribution.Text,
        };
    }
}
