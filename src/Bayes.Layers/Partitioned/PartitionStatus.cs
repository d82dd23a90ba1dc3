namespace Bayes.Layers.Partitioned;

/// <summary>What a <see cref="PartitionedPosterior"/> knows of a partition.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Answers">The number of its answers in the posterior.</param>
/// <param name="Examples">The number of its rows; null if it has not told.</param>
/// <param name="IsFrozen">Whether its factor stays as it is.</param>
/// <param name="HasAnswered">Whether its answer of this round is there, in the synchronous form.</param>
/// <param name="IncludedShare">The share of its factor that is in the posterior: 1 − Π (1 − damping) over its answers.</param>
public sealed record PartitionStatus(string Name, int Answers, long? Examples, bool IsFrozen, bool HasAnswered, double IncludedShare);
