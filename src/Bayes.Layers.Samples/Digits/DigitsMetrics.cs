using Bayes.Layers.Conversion;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Samples.Support.Metrics;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Digits;

/// <summary>The content of metrics.json. The same seed gives the same values, except for the times.</summary>
internal sealed record DigitsMetrics
{
    /// <summary>Share of the test part that is classified correctly.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The probabilities predicted for the test part.</summary>
    public required ProbabilityMetrics Probabilities { get; init; }

    /// <summary>Counts on the test part. Rows are true digits, columns are predicted ones.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> ConfusionMatrix { get; init; }

    /// <summary>The test part turned by several angles.</summary>
    public required IReadOnlyList<TurnedDigits> Rotation { get; init; }

    /// <summary>The accuracy, as the value, at several sparsities.</summary>
    public required IReadOnlyList<PruningPoint> Pruning { get; init; }

    /// <summary>The trained posterior.</summary>
    public required PosteriorMetrics Posterior { get; init; }

    /// <summary>Training.</summary>
    public required TrainingMetrics<EpochMetrics> Training { get; init; }

    /// <summary>Draws of every prediction.</summary>
    public required int Samples { get; init; }

    /// <summary>Weight of the KL divergence.</summary>
    public required double Beta { get; init; }

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>The seed of the split.</summary>
    public required uint SplitSeed { get; init; }

    /// <summary>The device that computed.</summary>
    public required string Device { get; init; }

    /// <summary>Source and licence of the data.</summary>
    public required string Attribution { get; init; }

    /// <summary>Collects the metrics of a run.</summary>
    public static DigitsMetrics Of(
        DigitsOptions options,
        Device device,
        TrainingHistory training,
        ClassificationReport report,
        IReadOnlyList<TurnedDigits> turned,
        IReadOnlyList<PruningPoint> pruning,
        PosteriorDiagnostics diagnostics) => new()
        {
            Accuracy = report.Accuracy,
            Probabilities = ProbabilityMetrics.Of(report),
            ConfusionMatrix = report.MulticlassConfusionMatrix!.Counts,
            Rotation = turned,
            Pruning = pruning,
            Posterior = PosteriorMetrics.Of(diagnostics),
            Training = TrainingMetrics.Of(training),
            Samples = options.Samples,
            Beta = options.Beta,
            Seed = options.Seed,
            SplitSeed = options.SplitSeed,
            Device = device.ToString(),
            Attribution = DigitsAttribution.Text,
        };
}
