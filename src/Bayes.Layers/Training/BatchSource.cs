using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>A source of batches.</summary>
/// <param name="Next">Returns the batches of one epoch.</param>
/// <param name="Count">The number of batches of an epoch.</param>
/// <param name="MayDropLast">Whether the source may leave out the examples that do not fill a last batch.</param>
internal sealed record BatchSource(Func<IEnumerable<(NetworkInput Input, Tensor Target)>> Next, long Count, bool MayDropLast = false)
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
    public static void Dispose(DisposeScope scope, NetworkInput input, Tensor target)
    {
        for (int index = 0; index < input.Count; index++)
            if (scope.Contains(input[index]))
                input[index].Dispose();
        if (scope.Contains(target))
            target.Dispose();
    }

    /// <summary>Returns batches of one input.</summary>
    public static IEnumerable<(NetworkInput Input, Tensor Target)> Single(IEnumerable<(Tensor Input, Tensor Target)> batches) =>
        batches.Select(batch => ((NetworkInput)batch.Input, batch.Target));

    /// <summary>Returns the batches of a loader whose items are lists: the inputs, then the target.</summary>
    public static BatchSource Of(DataLoader<IList<Tensor>, IList<Tensor>> loader, int inputs)
    {
        return new(() => loader.Select(Pair), loader.Count, loader.drop_last);

        (NetworkInput Input, Tensor Target) Pair(IList<Tensor> item) => item.Count == inputs + 1
            ? (new NetworkInput([.. item.Take(inputs)]), item[inputs])
            : throw new InvalidOperationException(
                $"The loader gave {item.Count} tensors a batch; expected {inputs + 1}, "
                + $"the {(inputs == 1 ? "input" : $"{inputs} inputs")} and the target.");
    }

    /// <summary>Returns the batches of a loader whose items are dictionaries.</summary>
    public static BatchSource Of(
        DataLoader<Dictionary<string, Tensor>, Dictionary<string, Tensor>> loader, IReadOnlyList<string> inputKeys, string targetKey)
    {
        return new(() => loader.Select(Pair), loader.Count, loader.drop_last);

        (NetworkInput Input, Tensor Target) Pair(Dictionary<string, Tensor> item) =>
            (new NetworkInput([.. inputKeys.Select(key => Find(item, key))]), Find(item, targetKey));

        static Tensor Find(Dictionary<string, Tensor> item, string key) => item.TryGetValue(key, out var value)
            ? value
            : throw new InvalidOperationException(
                $"The loader gave a batch without '{key}'; it has {string.Join(", ", item.Keys.Select(name => $"'{name}'"))}.");
    }

    private static string Expected(long datasetSize) =>
        $"and the loss is for {datasetSize} training examples, its DatasetSize; expected as many, or the KL divergence would have the wrong weight "
        + "(set EpochCoversDataset to false if an epoch is meant to have another number).";
}
