namespace Bayes.Layers.Service.Models;

/// <summary>The answer of a row: numbers, classes, or the sentence that says why the row is refused. What does not apply is null.</summary>
internal sealed record PredictedRow
{
    /// <summary>Gets the line of a stream, from 1.</summary>
    public long? Line { get; init; }

    /// <summary>Gets the expected target.</summary>
    public double? Mean { get; init; }

    /// <summary>Gets the lower end of the interval in which the target lies with the service's probability.</summary>
    public double? Lower { get; init; }

    /// <summary>Gets the upper end of the interval.</summary>
    public double? Upper { get; init; }

    /// <summary>Gets what the model does not know, as a standard deviation in the target's unit.</summary>
    public double? EpistemicStddev { get; init; }

    /// <summary>Gets the noise in the data, as a standard deviation in the target's unit.</summary>
    public double? AleatoricStddev { get; init; }

    /// <summary>Gets both together, as a standard deviation in the target's unit.</summary>
    public double? TotalStddev { get; init; }

    /// <summary>Gets the most probable class.</summary>
    public string? PredictedClass { get; init; }

    /// <summary>Gets the probability of each class.</summary>
    public IReadOnlyDictionary<string, double>? Probabilities { get; init; }

    /// <summary>Gets the uncertainty of the class in nats.</summary>
    public double? TotalEntropy { get; init; }

    /// <summary>Gets the part of the entropy that more data would reduce, in nats.</summary>
    public double? MutualInformation { get; init; }

    /// <summary>Gets why the row is refused.</summary>
    public string? Error { get; init; }

    /// <summary>Gets what the model does not know: the epistemic standard deviation, or the mutual information of classes.</summary>
    internal double? Epistemic => EpistemicStddev ?? MutualInformation;

    /// <summary>Returns this answer, or a refusal if a number is not finite: JSON has no such numbers.</summary>
    internal PredictedRow IfFinite() =>
        new[] { Mean, Lower, Upper, EpistemicStddev, AleatoricStddev, TotalStddev, TotalEntropy, MutualInformation }
            .All(value => value is null || double.IsFinite(value.Value))
        && Probabilities?.Values.All(double.IsFinite) != false ? this
        : new PredictedRow { Error = "The model's answer is not a finite number: the row lies too far from what the model can compute." };
}
