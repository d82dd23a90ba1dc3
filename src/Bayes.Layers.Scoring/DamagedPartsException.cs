namespace Bayes.Layers.Scoring;

/// <summary>Says that parts of a result are absent or damaged, so that their shards must be scored again.</summary>
public sealed class DamagedPartsException : IOException
{
    /// <summary>Creates an exception.</summary>
    /// <param name="shards">The numbers of the shards, at least one.</param>
    /// <param name="reason">What is wrong with the first.</param>
    public DamagedPartsException(IReadOnlyList<int> shards, string reason)
        : base($"{(shards.Count == 1 ? "A part" : $"{shards.Count} parts")} of the result cannot be used: {reason}") => Shards = shards;

    /// <summary>Gets the numbers of the shards.</summary>
    public IReadOnlyList<int> Shards { get; }
}
