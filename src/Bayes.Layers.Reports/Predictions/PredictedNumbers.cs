namespace Bayes.Layers.Reports.Predictions;

/// <summary>Predicted distributions of numbers and what was observed, as plain numbers: a number for each row, in the target's unit.</summary>
internal sealed record PredictedNumbers
{
    /// <summary>The observed values.</summary>
    public required IReadOnlyList<double> Observed { get; init; }

    /// <summary>The means.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>The standard deviations of the target, with all uncertainty.</summary>
    public required IReadOnlyList<double> TotalStddev { get; init; }

    /// <summary>The standard deviations of the functions.</summary>
    public required IReadOnlyList<double> EpistemicStddev { get; init; }

    /// <summary>The standard deviations of the noise.</summary>
    public required IReadOnlyList<double> AleatoricStddev { get; init; }

    /// <summary>The predicted probabilities of less than the observed value. For real numbers they are those of at most the value.</summary>
    public required IReadOnlyList<double> Below { get; init; }

    /// <summary>The predicted probabilities of at most the observed value.</summary>
    public required IReadOnlyList<double> UpTo { get; init; }

    /// <summary>The logarithms of the predicted density, or probability, of the observed value, in nats.</summary>
    public required IReadOnlyList<double> LogDensity { get; init; }

    /// <summary>Returns the ends of intervals with some probability.</summary>
    public required Func<double, (IReadOnlyList<double> Lower, IReadOnlyList<double> Upper)> Interval { get; init; }
}
