using System.Text.Json.Serialization;

namespace Bayes.Layers.Samples.Compare;

/// <summary>The numbers of one method in metrics.json. A number that does not apply is left out.</summary>
internal sealed record MethodMetrics
{
    /// <summary>The method's name.</summary>
    public required string Name { get; init; }

    /// <summary>Share of the test rows that are classified correctly.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Accuracy { get; init; }

    /// <summary>Root mean squared error on the test rows, in the target's unit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Rmse { get; init; }

    /// <summary>Mean log predictive density of the test rows, in nats.</summary>
    public required double LogDensity { get; init; }

    /// <summary>Expected calibration error of the confidence, in ten bins.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Ece { get; init; }

    /// <summary>Share of the test targets within their 95 % prediction interval.</summary>
    [JsonPropertyName("coverage_95")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Coverage95 { get; init; }

    /// <summary>Share of the targets in the gap within their 95 % prediction interval.</summary>
    [JsonPropertyName("coverage_95_in_gap")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Coverage95InGap { get; init; }

    /// <summary>
    /// Probability that an unseen input is more uncertain than a test row: by the entropy of the prediction for classes, and by its standard
    /// deviation for a regression.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? OodAuroc { get; init; }

    /// <summary>
    /// The same by the epistemic part alone, which a single function does not have: mutual information for classes, the variance of the functions
    /// for a regression.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? OodAurocEpistemic { get; init; }

    /// <summary>Seconds of training, with that of a network that the method begins with.</summary>
    public required double TrainSeconds { get; init; }

    /// <summary>Seconds of a prediction of 1,000 rows.</summary>
    [JsonPropertyName("predict_seconds_per_1000")]
    public required double PredictSecondsPer1000 { get; init; }

    /// <summary>Bytes of all numbers that the trained method keeps.</summary>
    public required long ModelBytes { get; init; }

    /// <summary>Share of the test rows that get the same class as from HMC (Izmailov et al. 2021, §4).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? AgreementWithHmc { get; init; }

    /// <summary>Mean total variation distance from the predictive distribution of HMC, from 0 to 1, on the test rows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TotalVariationFromHmc { get; init; }
}
