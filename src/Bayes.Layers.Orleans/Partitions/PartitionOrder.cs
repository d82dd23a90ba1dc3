namespace Bayes.Layers.Orleans;

/// <summary>What a training asks of a partition now.</summary>
[GenerateSerializer, Immutable, Alias("Bayes.Layers.PartitionOrder")]
public sealed record PartitionOrder
{
    /// <summary>Gets the request, the bytes of <c>PartitionRequest.ToBytes</c>; null if nothing is to do now.</summary>
    [Id(0)]
    public byte[]? Request { get; init; }

    /// <summary>Gets whether nothing will be asked of the partition any more.</summary>
    [Id(1)]
    public bool HasEnded { get; init; }
}
