using Bayes.Layers.Numerics;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// A likelihood whose mean, variance and entropy managed code can compute for many rows side by side, as its methods over tensors do, up to rounding. Only a likelihood that is
/// worth it has this; the others are asked by tensors.
/// </summary>
internal interface ILaneMoments
{
    /// <summary>Whether outputs of so many features fit the likelihood; its methods over tensors say why not.</summary>
    bool Takes(int features);

    /// <summary>Whether each feature has an entropy, or all have one; null where there is none.</summary>
    bool? HasEntropyOfEachFeature { get; }

    /// <summary>E[y | f] in the place of f, Var[y | f], and the entropy of p(y | f).</summary>
    /// <param name="outputs">f, feature after feature, each as long as the others; E[y | f] afterwards.</param>
    /// <param name="features">How many features.</param>
    /// <param name="variances">As long as the outputs.</param>
    /// <param name="entropies">As long as the outputs or as one feature; empty where there is none.</param>
    void Compute<TLanes>(Span<TLanes> outputs, int features, Span<TLanes> variances, Span<TLanes> entropies) where TLanes : struct, ILanes<TLanes>;
}
