using Bayes.Layers.Checkpoints;

namespace Bayes.Layers.Partitioned;

/// <summary>
/// What is sent to a partition: what all others believe of the weights, and what the partition said before. The answer depends on the request, the
/// partition's data and options alone, so a request may be sent again.
/// </summary>
/// <remarks>Immutable. Holds no tensors.</remarks>
public sealed record PartitionRequest
{
    private const string Kind = "partition-request-1";

    /// <summary>Gets the name of the partition.</summary>
    public required string Partition { get; init; }

    /// <summary>Gets the number of the request, by which an answer that comes late or twice is recognised.</summary>
    public required long Number { get; init; }

    /// <summary>Gets the number of changes that the posterior had seen: rounds in the synchronous form, otherwise answers.</summary>
    public required long Version { get; init; }

    /// <summary>Gets the seed of the local training.</summary>
    public required long Seed { get; init; }

    /// <summary>Gets the fingerprint of model and likelihood (<see cref="PartitionedPosterior.Fingerprint"/>).</summary>
    public required string Fingerprint { get; init; }

    /// <summary>
    /// Gets the cavity: the prior times the factors of all other partitions, a normal distribution of each weight. It is the prior of the local
    /// training.
    /// </summary>
    public required NaturalParameters Cavity { get; init; }

    /// <summary>Gets the partition's own factor so far; null if it is 1.</summary>
    public NaturalParameters? Factor { get; init; }

    /// <summary>Gets where the local training starts; null for the product of cavity and factor.</summary>
    public NaturalParameters? Start { get; init; }

    /// <summary>Gets the count of bytes of <see cref="ToBytes"/>.</summary>
    public long ByteCount => MessageBytes.Length(Kind, Texts, Groups);

    /// <summary>Returns the request as bytes, a SafeTensors file.</summary>
    public byte[] ToBytes() => MessageBytes.Write(Kind, Texts, Groups);

    /// <summary>Reads a request from the bytes of <see cref="ToBytes"/>.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="CheckpointException">The bytes are damaged, or not of a request.</exception>
    public static PartitionRequest FromBytes(ReadOnlySpan<byte> bytes)
    {
        var message = MessageBytes.Read(Kind, bytes);
        return new PartitionRequest
        {
            Partition = message.Text("partition"),
            Number = message.Number("number"),
            Version = message.Number("version"),
            Seed = message.Number("seed"),
            Fingerprint = message.Text("fingerprint"),
            Cavity = message.Group("cavity"),
            Factor = message.GroupOrNull("factor"),
            Start = message.GroupOrNull("start"),
        };
    }

    private IEnumerable<(string Key, string Text)> Texts =>
    [
        ("partition", Partition), ("number", MessageBytes.Of(Number)), ("version", MessageBytes.Of(Version)), ("seed", MessageBytes.Of(Seed)),
        ("fingerprint", Fingerprint),
    ];

    private IEnumerable<(string Name, NaturalParameters? Values)> Groups => [("cavity", Cavity), ("factor", Factor), ("start", Start)];
}
