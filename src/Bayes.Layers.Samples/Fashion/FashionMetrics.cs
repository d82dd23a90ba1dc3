using Bayes.Layers.Diagnostics;
using Bayes.Layers.Evaluation;
using Bayes.Layers.OutOfDistribution;
using Bayes.Layers.Samples.Support.Metrics;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Fashion;

/// <summary>The content of metrics.json. The same seed gives the same values, except for the times.</summary>
internal sealed record FashionMetrics
{
    /// <summary>Share of the test images that are classified correctly.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The predicted probabilities.</summary>
    public required ProbabilityMetrics Probabilities { get; init; }

    /// <summary>Area under the accuracy-rejection curve by total uncertainty.</summary>
    public required double AreaUnderRejectionCurve { get; init; }

    /// <summary>How well each score tells handwritten digits from test images.</summary>
    public required IReadOnlyList<OutOfDistributionResult> Unseen { get; init; }

    /// <summary>Counts on the test images. Rows are true classes, columns are predicted ones.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> ConfusionMatrix { get; init; }

    /// <summary>The trained posterior.</summary>
    public required PosteriorMetrics Posterior { get; init; }

    /// <summary>Training.</summary>
    public required TrainingMetrics<EpochMetrics> Training { get; init; }

    /// <summary>Number of images trained on.</summary>
    public required int TrainImages { get; init; }

    /// <summary>Number of images tested on.</summary>
    public required int TestImages { get; init; }

    /// <summary>Draws of every prediction.</summary>
    public required int Samples { get; init; }

    /// <summary>Weight of the KL divergence.</summary>
    public required double Beta { get; init; }

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>The device that computed.</summary>
    public required string Device { get; init; }

    /// <summary>Source and licence of the data.</summary>
    public required string Attribution { get; init; }

    /// <summary>Collects the metrics of a run.</summary>
    public static FashionMetrics Of(
        FashionOptions options, Device device, TrainingHistory training, FashionImages train, FashionImages test, Predictive prediction,
        OutOfDistributionReport unseen, PosteriorDiagnostics diagnostics)
    {
        var report = ClassificationReport.Of(prediction, test.Target);
        return new FashionMetrics
        {
            Accuracy = report.Accuracy,
            Probabilities = ProbabilityMetrics.Of(report),
            AreaUnderRejectionCurve = RejectionCurve.Of(prediction, test.Target).AreaUnderCurve,
            Unseen = unseen.Results,
            ConfusionMatrix = report.MulticlassConfusionMatrix!.Counts,
            Posterior = PosteriorMetrics.Of(diagnostics),
            Training = TrainingMetrics.Of(training),
            TrainImages = train.Count,
            TestImages = test.Count,
            Samples = options.Samples,
            Beta = options.Beta,
            Seed = options.Seed,
            Device = device.ToString(),
            Attribution = Garments.Attribution,
        };
    }
}
