using Bayes.Layers.Diagnostics;
using Bayes.Layers.Samples.Support.Metrics;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Regression;

/// <summary>The content of metrics.json. The same seed gives the same values, except for the times.</summary>
internal sealed record RegressionMetrics
{
    /// <summary>Mean epistemic standard deviation in the gap, divided by that at the data.</summary>
    public required double EpistemicRatio { get; init; }

    /// <summary>Points at the data that were not trained on.</summary>
    public required RegionEvaluation AtData { get; init; }

    /// <summary>Points in the gap.</summary>
    public required RegionEvaluation InGap { get; init; }

    /// <summary>The trained posterior.</summary>
    public required PosteriorMetrics Posterior { get; init; }

    /// <summary>Training.</summary>
    public required TrainingMetrics<EpochMetrics> Training { get; init; }

    /// <summary>Activation of the hidden units.</summary>
    public required string Activation { get; init; }

    /// <summary>Number of points trained on.</summary>
    public required int Points { get; init; }

    /// <summary>Draws of the prediction.</summary>
    public required int Samples { get; init; }

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>The device that computed.</summary>
    public required string Device { get; init; }

    /// <summary>Collects the metrics of a run.</summary>
    public static RegressionMetrics Of(
        RegressionOptions options,
        Device device,
        TrainingHistory training,
        RegionEvaluation atData,
        RegionEvaluation inGap,
        PosteriorDiagnostics diagnostics) => new()
        {
            EpistemicRatio = inGap.EpistemicStddev / atData.EpistemicStddev,
            AtData = atData,
            InGap = inGap,
            Posterior = PosteriorMetrics.Of(diagnostics),
            Training = TrainingMetrics.Of(training),
            Activation = options.Activation,
            Points = options.Points,
            Samples = options.Samples,
            Seed = options.Seed,
            Device = device.ToString(),
        };
}
