using System.Numerics;

namespace Bayes.Layers.Training;

/// <summary>Makes the layers of a <see cref="SmallNetwork{T}"/> for an estimator.</summary>
internal abstract class SmallLayers<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Gets the number of products of a pass from which on torch is faster.</summary>
    public abstract long MostProducts { get; }

    /// <summary>Returns the next use of a layer, or null if this use cannot be computed in managed code.</summary>
    public abstract SmallLinear<T>? Use(BayesianLinear linear);
}
