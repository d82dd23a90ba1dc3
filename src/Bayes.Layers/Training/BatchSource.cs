using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>A source of batches.</summary>
/// <param name="Next">Returns the batches of one epoch.</param>
/// <param name="Count">The number of batches of an epoch.</param>
/// <param name="MayDropLast">Whether the source may leave out the examples that do not fill a last batch.</param>
internal sealed record BatchSource(Func<IEnumerable<(Tensor Input, Tensor Target)>> Next, long Count, bool MayDropLast = false)
{
    /// <summary>Gets the seed of the order of the rows; 0 if the source has its own order.</summary>
    public int Seed { get; init; }

    /// <summary>Gets the action that continues after some epochs of a seed; null if the source has its own order.</summary>
    public Action<int, int>? SkipTo { get; init; }

    /// <summary>Returns the number of steps of an epoch, for a number of batches per step; the last step may have fewer.</summary>
    public long StepsPerEpoch(int batchesPerStep) => (Count + batchesPerStep - 1) / batchesPerStep;

    /// <summary>Refuses a data set whose size is known and is not N: the KL divergence would have the wrong weight.</summary>
    /// <exception cref="ArgumentException">The numbers differ.</exception>
    public static void RequireSize(long examples, long datasetSize, string source, string parameter)
    {
        if (examples != datasetSize)
            throw new ArgumentException($"{source} {examples} rows {Expected(datasetSize)}", parameter);
    }

    /// <summary>Refuses the examples of an epoch if there are more than N, or at its end fewer, unless the source may leave some out.</summary>
    /// <exception cref="InvalidOperationException">The numbers differ.</exception>
    public void RequireSize(long examples, long datasetSize, int epoch, bool isEnd)
    {
        if (examples > datasetSize || isEnd && examples < datasetSize && !MayDropLast)
            throw new InvalidOperationException($"Epoch {epoch} has {(isEnd ? "" : "at least ")}{examples} rows {Expected(datasetSize)}");
    }

    /// <summary>Disposes those tensors of a batch that the scope owns because the source made them; the caller's own stay.</summary>
    public static void Dispose(DisposeScope scope, Tensor input, Tensor target)
    {
        if (scope.Contains(input))
            input.Dispose();
        if (scope.Contains(target))
            target.Dispose();
    }

    /// <summary>Returns the batches of a loader whose items are lists: the input, then the target.</summary>
    public static BatchSource Of(DataLoader<IList<Tensor>, IList<Tensor>> loader)
    {
        return new(() => loader.Select(Pair), loader.Count, loader.drop_last);

        static (Tensor Input, Tensor Target) Pair(IList<Tensor> item) => item.Count == 2
            ? (item[0], item[1])
            : throw new InvalidOperationException($"The loader gave {item.Count} tensors a batch; expected 2, the input and the target.");
    }

    /// <summary>Returns the batches of a loader whose items are dictionaries.</summary>
    public static BatchSource Of(DataLoader<Dictionary<string, Tensor>, Dictionary<string, Tensor>> loader, string inputKey, string targetKey)
    {
        return new(() => loader.Select(item => (Find(item, inputKey), Find(item, targetKey))), loader.Count, loader.drop_last);

        static Tensor Find(Dictionary<string, Tensor> item, string key) => item.TryGetValue(key, out var value)
            ? value
            : throw new InvalidOperationException(
                $"The loader gave a batch without '{key}'; it has {string.Join(", ", item.Keys.Select(name => $"'{name}'"))}.");
    }

    private static string Expected(long datasetSize) =>
        $"and the loss is for {datasetSize} training examples, its DatasetSize; expected as many, or the KL divergence would have the wrong weight "
        + "(set EpochCoversDataset to false if an epoch is meant to have another number).";
}
