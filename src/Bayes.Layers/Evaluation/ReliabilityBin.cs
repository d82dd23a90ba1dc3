namespace Bayes.Layers.Evaluation;

/// <summary>The examples whose predicted probability lies in one interval, and what came true of them.</summary>
/// <param name="Lower">Where the interval begins.</param>
/// <param name="Upper">Where it ends.</param>
/// <param name="Count">How many examples lie in it.</param>
/// <param name="MeanProbability">The mean of their predicted probabilities; none in an empty bin.</param>
/// <param name="Frequency">The share of them for which it came true; none in an empty bin.</param>
public sealed record ReliabilityBin(double Lower, double Upper, long Count, double? MeanProbability, double? Frequency);
