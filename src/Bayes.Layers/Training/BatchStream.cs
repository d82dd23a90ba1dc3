using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// A data set that is read anew in every epoch, batch by batch, so that it need not fit into memory: rows of a file, a table or a database.
/// Implement it for a source of your own; the package Bayes.Layers.Data has sources for Parquet, Arrow, data frames and ML.NET.
/// </summary>
/// <remarks>
/// The order of an epoch depends on the seed and the number of the epoch alone, so that an interrupted training continues with the same batches.
/// </remarks>
public abstract class BatchStream
{
    /// <summary>Gets N, the number of rows of an epoch; each epoch contains every row once.</summary>
    public abstract long Rows { get; }

    /// <summary>Gets the number of batches of an epoch; at least 1.</summary>
    public abstract long BatchesPerEpoch { get; }

    /// <summary>Returns the batches of one epoch.</summary>
    /// <param name="epoch">Zero-based number of the epoch.</param>
    /// <param name="seed">The seed of the order of rows.</param>
    /// <returns>
    /// Input <c>[B, …]</c> and target <c>[B, …]</c> of each batch. Whoever enumerates them disposes them before asking for the next; files are open
    /// until the end of the enumeration, or until the enumerator is disposed, as <c>foreach</c> does.
    /// </returns>
    public abstract IEnumerable<(NetworkInput Input, Tensor Target)> Epoch(int epoch, int seed);

    /// <summary>Returns the batches as a source whose order continues from any epoch.</summary>
    internal BatchSource From(int seed)
    {
        int next = 0;
        return new BatchSource(() => Epoch(next++, seed), BatchesPerEpoch)
        {
            Seed = seed,
            SkipTo = (given, epochs) => (seed, next) = (given, epochs),
        };
    }
}
