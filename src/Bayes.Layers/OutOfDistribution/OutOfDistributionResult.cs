namespace Bayes.Layers.OutOfDistribution;

/// <summary>How well one score tells unseen rows from known ones.</summary>
/// <param name="Score">The name of the score.</param>
/// <param name="RocAuc">The probability that a random unseen row has a higher score than a random known one, in [0, 1]; ties count half.</param>
/// <param name="FalsePositiveRate">The share of unseen rows that pass as known at the threshold that lets the given share of known rows pass, in
/// [0, 1]; lower is better.</param>
public sealed record OutOfDistributionResult(string Score, double RocAuc, double FalsePositiveRate);
