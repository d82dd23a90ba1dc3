using Bayes.Layers.Numerics;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Partitioned;

/// <summary>A part of the data with a name: the rows of one hospital, branch or machine.</summary>
/// <remarks>Owns nothing: tensors and sources stay the caller's, and must live as long as the partition is used.</remarks>
public sealed class Partition
{
    /// <summary>Creates a partition of rows in memory.</summary>
    /// <param name="name">Its name, which no other partition has.</param>
    /// <param name="input"><c>[N, …]</c>; for a network with several inputs, each of them.</param>
    /// <param name="target"><c>[N, …]</c>, in the shape that the likelihood takes.</param>
    /// <exception cref="ArgumentException">There are no rows, inputs and targets differ in their number, or a row is not finite.</exception>
    public Partition(string name, NetworkInput input, Tensor target)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        (Name, Rows) = (name, RequireRows(name, input.Rows));
        Require.OneForEachRow(target, input.Rows);
        FiniteRows.Require(input, target, $"Partition '{name}' cannot be trained on");
        (Input, Target) = (input, target);
    }

    /// <summary>Creates a partition whose rows are read anew in every pass over them.</summary>
    /// <param name="name">Its name, which no other partition has.</param>
    /// <param name="data">The source of its rows.</param>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public Partition(string name, BatchStream data)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(data);
        (Name, Rows, Stream) = (name, RequireRows(name, data.Rows), data);
    }

    /// <summary>Gets the name.</summary>
    public string Name { get; }

    /// <summary>Gets the number of rows.</summary>
    public long Rows { get; }

    internal NetworkInput? Input { get; }

    internal Tensor? Target { get; }

    internal BatchStream? Stream { get; }

    /// <summary>Returns the name and the number of rows.</summary>
    public override string ToString() => FormattableString.Invariant($"Partition({Name}, {Rows} rows)");

    /// <summary>Returns all rows in batches, in the caller's dispose scope.</summary>
    internal IEnumerable<(NetworkInput Input, Tensor Target)> Batches(int rows)
    {
        if (Stream is not null)
        {
            foreach (var batch in Stream.Epoch(0, 0))
                yield return batch;
            yield break;
        }
        for (long start = 0; start < Rows; start += rows)
        {
            long length = Math.Min(rows, Rows - start);
            yield return (Input!.Narrow(start, length), Target!.narrow(0, start, length));
        }
    }

    private static long RequireRows(string name, long rows) => rows > 0 ? rows
        : throw new ArgumentException($"Partition '{name}' has no rows; expected at least one.", nameof(rows));
}
