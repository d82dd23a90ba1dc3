using Bayes.Layers.Kernels;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// A likelihood whose mean, variance and entropy managed code can compute for many rows side by side, equal to its tensor methods up to rounding.
/// Only a likelihood that gains from it implements this; the others use tensors.
/// </summary>
internal interface ILaneMoments
{
    /// <summary>Determines whether outputs with this number of features fit the likelihood; its tensor methods report why not.</summary>
    bool Takes(int features);

    /// <summary>Gets whether each feature has an entropy (true) or all features share one (false); null if the likelihood has no entropy.</summary>
    bool? HasEntropyOfEachFeature { get; }

    /// <summary>Replaces f by E[y | f], and computes Var[y | f].</summary>
    /// <param name="outputs">f, feature after feature, all of the same length; E[y | f] afterwards.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="variances">As long as the outputs.</param>
    void Moments<TLanes>(Span<TLanes> outputs, int features, Span<TLanes> variances) where TLanes : struct, ILanes<TLanes>;

    /// <summary>Computes the entropies of the distributions with these means; called only if the likelihood has entropies.</summary>
    /// <param name="means">E[y | f], or its averages over draws, feature after feature.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="entropies">In nats, as long as the means or as one feature.</param>
    void Entropies<TLanes>(ReadOnlySpan<TLanes> means, int features, Span<TLanes> entropies) where TLanes : struct, ILanes<TLanes>
    {
    }
}
