using System.Numerics;

namespace Bayes.Layers.Priors;

/// <summary>
/// The KL divergence of weights under one prior, and its gradient, in managed code block by block of <see cref="Kernels.Blocks"/>: on the CPU in
/// single and double precision, training then reads the numbers once, and a small network needs none of torch's operations.
/// </summary>
internal abstract class KlBlocks<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Reads what the prior has learned or keeps, before the blocks of a pass.</summary>
    public virtual void Begin()
    {
    }

    /// <summary>Computes KL(q ‖ p) of one block, and adds <paramref name="weight"/> times its gradients.</summary>
    /// <param name="start">Zero-based index of the block's first weight.</param>
    /// <param name="block">The block.</param>
    /// <param name="weight">The factor of the KL divergence in the loss.</param>
    /// <returns>The sum, in nats, unweighted.</returns>
    public abstract double AddGradient(int start, KlBlock<T> block, double weight);

    /// <summary>Adds the gradients of what the prior learns, after the blocks of a pass. Records no gradient.</summary>
    /// <returns>The part of the divergence that belongs to no weight, in nats, unweighted.</returns>
    public virtual double End(double weight) => 0;
}
