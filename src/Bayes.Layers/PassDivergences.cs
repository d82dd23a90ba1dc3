using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>The KL divergences that a pass estimates from its own draws, for priors without a closed form: one for each weight tensor.</summary>
/// <remarks>While it lives it is its thread's <see cref="Current"/>. Owns its tensors; dispose it.</remarks>
internal sealed class PassDivergences : IDisposable
{
    [ThreadStatic]
    private static PassDivergences? _current;

    private readonly PassDivergences? _outer = _current;
    private readonly Dictionary<(BayesianLayer, string), Tensor> _divergences = [];

    public PassDivergences() => _current = this;

    /// <summary>The one that is collecting on this thread; mostly none.</summary>
    public static PassDivergences? Current => _current;

    /// <summary>Takes in the divergence of a layer's weight; that of its first use, where a pass uses it more than once.</summary>
    public void Add(BayesianLayer layer, string weight, Func<Tensor> divergence)
    {
        if (!_divergences.ContainsKey((layer, weight)))
            _divergences.Add((layer, weight), divergence().Owned());
    }

    /// <summary>The divergence of a layer's weight, which stays this object's; none where no draw of it was met.</summary>
    public Tensor? Find(BayesianLayer layer, string weight) => _divergences.GetValueOrDefault((layer, weight));

    public void Dispose()
    {
        _current = _outer;
        foreach (var divergence in _divergences.Values)
            divergence.Dispose();
    }
}
