using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Where batches come from.</summary>
/// <param name="Next">Gives the batches of one epoch.</param>
/// <param name="Count">How many batches an epoch has.</param>
/// <param name="MayDropLast">Whether the source may leave out the examples that do not fill a last batch.</param>
internal sealed record BatchSource(Func<IEnumerable<(Tensor Input, Tensor Target)>> Next, long Count, bool MayDropLast = false)
{
    /// <summary>The seed of the order of the rows; 0 if the source has an order of its own.</summary>
    public int Seed { get; init; }

    /// <summary>Goes on behind some epochs of a seed; null if the source has an order of its own.</summary>
    public Action<int, int>? SkipTo { get; init; }

    /// <summary>Returns how many steps an epoch has, of so many batches each; the last one may have fewer.</summary>
    public long StepsPerEpoch(int batchesPerStep) => (Count + batchesPerStep - 1) / batchesPerStep;

    /// <summary>A loader whose items are lists: the input, then the target.</summary>
    public static BatchSource Of(DataLoader<IList<Tensor>, IList<Tensor>> loader)
    {
        return new(() => loader.Select(Pair), loader.Count, loader.drop_last);

        static (Tensor Input, Tensor Target) Pair(IList<Tensor> item) => item.Count == 2
            ? (item[0], item[1])
            : throw new InvalidOperationException($"The loader gave {item.Count} tensors a batch; expected 2, the input and the target.");
    }

    /// <summary>A loader whose items are dictionaries.</summary>
    public static BatchSource Of(DataLoader<Dictionary<string, Tensor>, Dictionary<string, Tensor>> loader, string inputKey, string targetKey)
    {
        return new(() => loader.Select(item => (Find(item, inputKey), Find(item, targetKey))), loader.Count, loader.drop_last);

        static Tensor Find(Dictionary<string, Tensor> item, string key) => item.TryGetValue(key, out var value)
            ? value
            : throw new InvalidOperationException(
                $"The loader gave a batch without '{key}'; it has {string.Join(", ", item.Keys.Select(name => $"'{name}'"))}.");
    }
}
