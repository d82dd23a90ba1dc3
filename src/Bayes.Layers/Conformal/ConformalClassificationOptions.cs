namespace Bayes.Layers.Conformal;

/// <summary>Settings of <see cref="ConformalClassification"/>. Immutable.</summary>
public sealed record ConformalClassificationOptions : ConformalOptions
{
    /// <summary>Gets the score; <see cref="ClassScore.AdaptiveSets"/> by default.</summary>
    public ClassScore Score { get; init; } = ClassScore.AdaptiveSets;

    /// <summary>Gets the seed of a score with randomization; 0 by default. Row i of a prediction has a number of its own for each seed.</summary>
    public long Seed { get; init; }

    /// <summary>Gets whether every set has the most probable class, so that none is empty. False by default. It can only raise the
    /// coverage.</summary>
    public bool IncludeMostProbable { get; init; }
}
