using Bayes.Layers.Checkpoints;

namespace Bayes.Layers.Partitioned;

/// <summary>What a partition sends back: the change of its factor. Holds no data, and no tensors.</summary>
/// <remarks>Immutable.</remarks>
public sealed record PartitionAnswer
{
    private const string Kind = "partition-answer-1";

    /// <summary>Gets the name of the partition.</summary>
    public required string Partition { get; init; }

    /// <summary>Gets the number of the request that is answered.</summary>
    public required long Number { get; init; }

    /// <summary>Gets the request's <see cref="PartitionRequest.Version"/>.</summary>
    public required long Version { get; init; }

    /// <summary>Gets the fingerprint of the partition's model and likelihood.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Gets the change of the factor, in natural parameters; clipped and noisy if the partition protects its data.</summary>
    public required NaturalParameters Change { get; init; }

    /// <summary>Gets the number of the partition's rows; null if the partition protects its data.</summary>
    public long? Examples { get; init; }

    /// <summary>
    /// Gets E[log p(y | f)] summed over the partition's rows, in nats, of the posterior that it received; null if the partition protects its data.
    /// </summary>
    public double? ExpectedLogLikelihood { get; init; }

    /// <summary>Gets the count of bytes of <see cref="ToBytes"/>.</summary>
    public long ByteCount => MessageBytes.Length(Kind, Texts, Groups);

    /// <summary>Returns the answer as bytes, a SafeTensors file.</summary>
    public byte[] ToBytes() => MessageBytes.Write(Kind, Texts, Groups);

    /// <summary>Reads an answer from the bytes of <see cref="ToBytes"/>.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="CheckpointException">The bytes are damaged, or not of an answer.</exception>
    public static PartitionAnswer FromBytes(ReadOnlySpan<byte> bytes)
    {
        var message = MessageBytes.Read(Kind, bytes);
        return new PartitionAnswer
        {
            Partition = message.Text("partition"),
            Number = message.Number("number"),
            Version = message.Number("version"),
            Fingerprint = message.Text("fingerprint"),
            Change = message.Group("change"),
            Examples = message.TextOrNull("examples") is null ? null : message.Number("examples"),
            ExpectedLogLikelihood = message.RealOrNull("expected_log_likelihood"),
        };
    }

    private IEnumerable<(string Key, string Text)> Texts
    {
        get
        {
            yield return ("partition", Partition);
            yield return ("number", MessageBytes.Of(Number));
            yield return ("version", MessageBytes.Of(Version));
            yield return ("fingerprint", Fingerprint);
            if (Examples is { } examples)
                yield return ("examples", MessageBytes.Of(examples));
            if (ExpectedLogLikelihood is { } expected)
                yield return ("expected_log_likelihood", MessageBytes.Of(expected));
        }
    }

    private IEnumerable<(string Name, NaturalParameters? Values)> Groups => [("change", Change)];
}
