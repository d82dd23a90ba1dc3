using Bayes.Layers.Networks;
using Bayes.Layers.Priors;

namespace Bayes.Layers.Sampling;

/// <summary>The part of a flat vector of weights that is a parameter of a network.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Offset">Where the part begins.</param>
/// <param name="Length">The number of weights.</param>
/// <param name="Prior">The prior of the parameter.</param>
/// <param name="FixedRow">The row that is always 0, as that of an embedding's <c>padding_idx</c> is; null if there is none.</param>
internal sealed record WeightSlice(NetworkParameter Parameter, int Offset, int Length, Prior Prior, long? FixedRow)
{
    /// <summary>Gets the shape of the parameter.</summary>
    public long[] Shape => Parameter.Value.shape;
}
