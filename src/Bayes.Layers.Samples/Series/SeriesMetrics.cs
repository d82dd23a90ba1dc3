using Bayes.Layers.Diagnostics;
using Bayes.Layers.Samples.Support.Metrics;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Series;

/// <summary>The content of metrics.json. The same seed gives the same values, except for the times.</summary>
internal sealed record SeriesMetrics
{
    /// <summary>The network on the test days.</summary>
    public required ForecastEvaluation Network { get; init; }

    /// <summary>The seasonal naive forecast on the test days.</summary>
    public required ForecastEvaluation SeasonalNaive { get; init; }

    /// <summary>The trained posterior.</summary>
    public required PosteriorMetrics Posterior { get; init; }

    /// <summary>Training.</summary>
    public required TrainingMetrics<EpochMetrics> Training { get; init; }

    /// <summary>Days from the last known day to the forecast one.</summary>
    public required int Horizon { get; init; }

    /// <summary>Days that the network looks back.</summary>
    public required int Window { get; init; }

    /// <summary>Number of days trained on.</summary>
    public required long TrainDays { get; init; }

    /// <summary>Number of days tested on.</summary>
    public required long TestDays { get; init; }

    /// <summary>Draws of the forecasts.</summary>
    public required int Samples { get; init; }

    /// <summary>Weight of the KL divergence.</summary>
    public required double Beta { get; init; }

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>The device that computed.</summary>
    public required string Device { get; init; }

    /// <summary>Collects the metrics of a run.</summary>
    public static SeriesMetrics Of(
        SeriesOptions options, Device device, TrainingHistory training, SeriesWindows windows, ForecastEvaluation network, ForecastEvaluation naive,
        PosteriorDiagnostics diagnostics) => new()
        {
            Network = network,
            SeasonalNaive = naive,
            Posterior = PosteriorMetrics.Of(diagnostics),
            Training = TrainingMetrics.Of(training),
            Horizon = options.Horizon,
            Window = options.Window,
            TrainDays = windows.TrainInput.shape[0],
            TestDays = windows.TestInput.shape[0],
            Samples = options.Samples,
            Beta = options.Beta,
            Seed = options.Seed,
            Device = device.ToString(),
        };
}
