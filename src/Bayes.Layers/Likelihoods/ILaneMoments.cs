using Bayes.Layers.Kernels;
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

    /// <summary>E[y | f] in the place of f, and Var[y | f].</summary>
    /// <param name="outputs">f, feature after feature, each as long as the others; E[y | f] afterwards.</param>
    /// <param name="features">How many features.</param>
    /// <param name="variances">As long as the outputs.</param>
    void Moments<TLanes>(Span<TLanes> outputs, int features, Span<TLanes> variances) where TLanes : struct, ILanes<TLanes>;

    /// <summary>The entropies of the distributions that have these means; called only where there are entropies.</summary>
    /// <param name="means">E[y | f], or averages of such, feature after feature.</param>
    /// <param name="features">How many features.</param>
    /// <param name="entropies">In nats, as long as the means or as one feature.</param>
    void Entropies<TLanes>(ReadOnlySpan<TLanes> means, int features, Span<TLanes> entropies) where TLanes : struct, ILanes<TLanes>
    {
    }
}
