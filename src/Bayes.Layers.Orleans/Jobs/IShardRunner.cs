namespace Bayes.Layers.Orleans.Jobs;

/// <summary>A loaded model that scores shards of its plan, several at a time on as many threads.</summary>
internal interface IShardRunner : IDisposable
{
    /// <summary>Writes the part of a shard, whole or not at all.</summary>
    void Score(int shard, CancellationToken cancellation);
}
