namespace Bayes.Layers.Partitioned;

/// <summary>When the answers of partitions change the posterior.</summary>
public enum PartitionSchedule
{
    /// <summary>All partitions answer requests of one posterior, and the round's changes are added together.</summary>
    Synchronous,

    /// <summary>Each answer changes the posterior when it comes, and the next request of that partition sees it.</summary>
    Asynchronous,
}
