using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// A likelihood whose mean, variance and entropy managed code computes for many rows side by side, equal to its methods over tensors up to rounding.
/// Only a likelihood for which this is worth the code has it.
/// </summary>
internal interface ILaneMoments
{
    /// <summary>Determines whether outputs of this many features fit the likelihood; its methods over tensors say why not.</summary>
    bool Takes(int features);

    /// <summary>Gets whether each feature has an entropy (true) or all have one together (false); null if there is no entropy.</summary>
    bool? HasEntropyOfEachFeature { get; }

    /// <summary>Replaces f by E[y | f], and computes Var[y | f].</summary>
    /// <param name="outputs">f, feature after feature, all of the same length; E[y | f] afterwards.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="variances">Receives Var[y | f], of the length of the outputs.</param>
    void Moments<TLanes>(Span<TLanes> outputs, int features, Span<TLanes> variances) where TLanes : struct, ILanes<TLanes>;

    /// <summary>Computes the entropies of the distributions that have these means; called only if there are entropies.</summary>
    /// <param name="means">E[y | f], or averages of it, feature after feature.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="entropies">Receives the entropies in nats, of the length of the means or of one feature.</param>
    void Entropies<TLanes>(ReadOnlySpan<TLanes> means, int features, Span<TLanes> entropies) where TLanes : struct, ILanes<TLanes>
    {
    }
}
