namespace Bayes.Layers.Partitioned;

/// <summary>The factor of a partition, and which request of it is open.</summary>
internal sealed class PartitionMember(string name)
{
    public string Name { get; } = name;

    /// <summary>Gets or sets the factor; null if it is 1.</summary>
    public NaturalParameters? Factor { get; set; }

    /// <summary>Gets or sets the number of the open request.</summary>
    public long Number { get; set; }

    /// <summary>Gets or sets the number of the last request that was answered; 0 before the first.</summary>
    public long LastAnswered { get; set; }

    public int Answers { get; set; }

    public long? Examples { get; set; }

    public bool IsFrozen { get; set; }

    public double IncludedShare { get; set; }

    /// <summary>Gets or sets the answer that waits for the end of the round.</summary>
    public PartitionAnswer? Pending { get; set; }

    public PartitionStatus Status => new(Name, Answers, Examples, IsFrozen, Pending is not null, IncludedShare);
}
