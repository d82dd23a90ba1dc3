namespace Bayes.Layers.Orleans.Scheduling;

/// <summary>Numbers of the pieces of work of a job: a shard from zero, or the merge of all parts.</summary>
internal static class WorkItem
{
    /// <summary>The merge of all parts into the result.</summary>
    public const int Merge = -1;
}
