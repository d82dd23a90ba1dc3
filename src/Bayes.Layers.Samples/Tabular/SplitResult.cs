namespace Bayes.Layers.Samples.Tabular;

/// <summary>How well one split's test rows were predicted, in the target's own unit. A number that the task does not have is null.</summary>
internal sealed record SplitResult
{
    /// <summary>The split's number, from 0.</summary>
    public required int Split { get; init; }

    /// <summary>Root mean squared error, in the target's unit.</summary>
    public double? Rmse { get; init; }

    /// <summary>Mean log predictive density, in nats per example of the target's unit.</summary>
    public double? LogDensity { get; init; }

    /// <summary>Share of the targets within their 95 % prediction interval.</summary>
    public double? Coverage95 { get; init; }

    /// <summary>Share of the rows whose class is predicted correctly.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Mean negative log-probability of the true class, in nats.</summary>
    public double? Nll { get; init; }

    /// <summary>Expected calibration error of the confidence, in ten bins.</summary>
    public double? Ece { get; init; }

    /// <summary>The predictions. Not public, so that metrics.json does not hold them.</summary>
    internal required TestPrediction Predicted { get; init; }
}
