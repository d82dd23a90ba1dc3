using Bayes.Layers.Diagnostics;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>What metrics.json holds. The same seed gives the same values but for the times.</summary>
internal sealed record Metrics
{
    /// <summary>Share of the test half classified rightly.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Area under the receiver operating characteristic on the test half; none if it holds one class only.</summary>
    public required double? RocAuc { get; init; }

    /// <summary>Counts on the test half: rows are true classes, columns predicted ones; 0 malignant, 1 benign.</summary>
    public required long[][] ConfusionMatrix { get; init; }

    /// <summary>Every epoch that was finished.</summary>
    public required IReadOnlyList<EpochRecord> History { get; init; }

    /// <summary>The loss of the last epoch that was finished; none if there was none.</summary>
    public required double? FinalTrainLoss { get; init; }

    /// <summary>Training steps a second.</summary>
    public required double StepsPerSecond { get; init; }

    /// <summary>Time of the training steps alone.</summary>
    public required double TrainSeconds { get; init; }

    /// <summary>Time of the prediction over the grid.</summary>
    public required double GridSeconds { get; init; }

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>The seed of the split.</summary>
    public required uint SplitSeed { get; init; }

    /// <summary>The device computed on.</summary>
    public required string Device { get; init; }

    /// <summary>Draws of the evaluation.</summary>
    public required int Samples { get; init; }

    /// <summary>Of the test half's cases predicted benign, the share that is; none if there is none.</summary>
    public required double? Precision { get; init; }

    /// <summary>Of the test half's benign cases, the share predicted benign; none if there is none.</summary>
    public required double? Recall { get; init; }

    /// <summary>The harmonic mean of precision and recall.</summary>
    public required double? F1 { get; init; }

    /// <summary>Area under precision against recall; none if no case is benign.</summary>
    public required double? AveragePrecision { get; init; }

    /// <summary>−log p of the true class, nats per case.</summary>
    public required double NegativeLogLikelihood { get; init; }

    /// <summary>The mean squared error of P(benign).</summary>
    public required double BrierScore { get; init; }

    /// <summary>Of the confidence in a prediction, in ten bins.</summary>
    public required double ExpectedCalibrationError { get; init; }

    /// <summary>Of the confidence in a prediction, in ten bins.</summary>
    public required double MaximumCalibrationError { get; init; }

    /// <summary>Mean accuracy while the cases of highest total entropy are set aside.</summary>
    public required double AreaUnderRejectionCurve { get; init; }

    /// <summary>KL(q ‖ p) of the posterior, in nats.</summary>
    public required double KlDivergence { get; init; }

    /// <summary>What is wrong with the posterior, a sentence each.</summary>
    public required IReadOnlyList<string> PosteriorWarnings { get; init; }

    /// <summary>Where the uncertainty is high, and of which kind.</summary>
    public required UncertaintyFindings Findings { get; init; }

    /// <summary>Puts them together.</summary>
    public static Metrics Of(
        BreastCancerOptions options,
        Device device,
        TrainingHistory training,
        IReadOnlyList<EpochRecord> history,
        TestEvaluation evaluation,
        PosteriorDiagnostics diagnostics,
        UncertaintyFindings findings,
        double gridSeconds)
    {
        ConfusionMatrix confusion = evaluation.Confusion;
        return new Metrics
        {
            Accuracy = confusion.Accuracy,
            RocAuc = evaluation.Report.RocAuc,
            ConfusionMatrix = [[confusion.TrueNegatives, confusion.FalsePositives], [confusion.FalseNegatives, confusion.TruePositives]],
            History = history,
            FinalTrainLoss = history.Count > 0 ? history[^1].TrainLoss : null,
            StepsPerSecond = training.StepsPerSecond,
            TrainSeconds = training.Seconds,
            GridSeconds = gridSeconds,
            Seed = options.Seed,
            SplitSeed = options.SplitSeed,
            Device = device.ToString(),
            Samples = options.Samples,
            Precision = confusion.Precision,
            Recall = confusion.Recall,
            F1 = confusion.F1,
            AveragePrecision = evaluation.Report.AveragePrecision,
            NegativeLogLikelihood = evaluation.Report.NegativeLogLikelihood,
            BrierScore = evaluation.Report.BrierScore,
            ExpectedCalibrationError = evaluation.Report.Calibration.ExpectedError,
            MaximumCalibrationError = evaluation.Report.Calibration.MaximumError,
            AreaUnderRejectionCurve = evaluation.ByTotalEntropy.AreaUnderCurve,
            KlDivergence = diagnostics.KlDivergence,
            PosteriorWarnings = diagnostics.Warnings,
            Findings = findings,
        };
    }
}
