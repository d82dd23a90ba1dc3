using Bayes.Layers.Diagnostics;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Samples.Support.Findings;
using Bayes.Layers.Samples.Support.Metrics;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The content of metrics.json. The same seed gives the same values, except for the times.</summary>
internal sealed record BreastCancerMetrics
{
    /// <summary>Share of the test half that is classified correctly.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Area under the receiver operating characteristic on the test half, or null if that has only one class.</summary>
    public required double? RocAuc { get; init; }

    /// <summary>Counts on the test half. Rows are true classes, columns are predicted ones; 0 is malignant, 1 is benign.</summary>
    public required long[][] ConfusionMatrix { get; init; }

    /// <summary>Training, with the test accuracy after each epoch.</summary>
    public required TrainingMetrics<EpochRecord> Training { get; init; }

    /// <summary>Time of the prediction for the maps.</summary>
    public required double GridSeconds { get; init; }

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>The seed of the split.</summary>
    public required uint SplitSeed { get; init; }

    /// <summary>The device that computed.</summary>
    public required string Device { get; init; }

    /// <summary>Draws of the evaluation.</summary>
    public required int Samples { get; init; }

    /// <summary>Share of the cases predicted benign that are benign, or null if no case is predicted benign.</summary>
    public required double? Precision { get; init; }

    /// <summary>Share of the benign cases that are predicted benign, or null if no case is benign.</summary>
    public required double? Recall { get; init; }

    /// <summary>Harmonic mean of precision and recall, or null if neither is defined.</summary>
    public required double? F1 { get; init; }

    /// <summary>Area under precision against recall, or null if no case is benign.</summary>
    public required double? AveragePrecision { get; init; }

    /// <summary>The probabilities predicted for the test half.</summary>
    public required ProbabilityMetrics Probabilities { get; init; }

    /// <summary>Mean accuracy over the shares of cases with the highest total entropy that are set aside.</summary>
    public required double AreaUnderRejectionCurve { get; init; }

    /// <summary>The trained posterior.</summary>
    public required PosteriorMetrics Posterior { get; init; }

    /// <summary>Where the uncertainty is high, and which kind of it.</summary>
    public required UncertaintyFindings Findings { get; init; }

    /// <summary>Collects the metrics of a run.</summary>
    public static BreastCancerMetrics Of(
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
        return new BreastCancerMetrics
        {
            Accuracy = confusion.Accuracy,
            RocAuc = evaluation.Report.RocAuc,
            ConfusionMatrix = [[confusion.TrueNegatives, confusion.FalsePositives], [confusion.FalseNegatives, confusion.TruePositives]],
            Training = TrainingMetrics<EpochRecord>.Of(training, history),
            GridSeconds = gridSeconds,
            Seed = options.Seed,
            SplitSeed = options.SplitSeed,
            Device = device.ToString(),
            Samples = options.Samples,
            Precision = confusion.Precision,
            Recall = confusion.Recall,
            F1 = confusion.F1,
            AveragePrecision = evaluation.Report.AveragePrecision,
            Probabilities = ProbabilityMetrics.Of(evaluation.Report),
            AreaUnderRejectionCurve = evaluation.ByTotalEntropy.AreaUnderCurve,
            Posterior = PosteriorMetrics.Of(diagnostics),
            Findings = findings,
        };
    }
}
