using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Keeps the arranged weights of the last draws, so that the next prediction with the same functions does not draw them again. Several threads may
/// use it at a time.
/// </summary>
/// <remarks>The weights are arrays, which no one has to free while another thread may still read them.</remarks>
internal sealed class KeptWeights
{
    private Entry? _last;

    /// <summary>Returns the weights that are kept under a name, or draws and keeps them.</summary>
    /// <param name="name">All that the weights depend on; tensors by identity.</param>
    /// <param name="draw">Draws the weights.</param>
    public float[] Of(IReadOnlyList<object> name, Func<float[]> draw)
    {
        if (_last is { } known && known.Name.Count == name.Count && known.Name.Zip(name).All(AreSame))
            return known.Weights;
        var entry = new Entry(name, draw());
        _last = entry;
        return entry.Weights;
    }

    // Tensors are compared by identity: one that was replaced may be disposed, and has no values any more.
    private static bool AreSame((object First, object Second) pair) =>
        pair.First is Tensor ? ReferenceEquals(pair.First, pair.Second) : pair.First.Equals(pair.Second);

    private sealed record Entry(IReadOnlyList<object> Name, float[] Weights);
}
