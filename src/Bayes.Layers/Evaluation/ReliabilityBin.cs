namespace Bayes.Layers.Evaluation;

/// <summary>The examples whose predicted probability lies in one interval, and the observed frequency.</summary>
/// <param name="Lower">The lower end of the interval.</param>
/// <param name="Upper">The upper end of the interval.</param>
/// <param name="Count">The number of examples in the interval.</param>
/// <param name="MeanProbability">The mean of their predicted probabilities; null in an empty bin.</param>
/// <param name="Frequency">The share of them for which the event happened; null in an empty bin.</param>
public sealed record ReliabilityBin(double Lower, double Upper, long Count, double? MeanProbability, double? Frequency);
