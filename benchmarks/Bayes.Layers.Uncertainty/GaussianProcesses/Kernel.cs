using static TorchSharp.torch;

namespace Bayes.Layers.Uncertainty.GaussianProcesses;

/// <summary>A kernel of the scaled distance between inputs, with a variance of 1 (Rasmussen &amp; Williams 2006, §4.2).</summary>
internal abstract class Kernel
{
    /// <summary>All kernels.</summary>
    public static IReadOnlyList<Kernel> All { get; } = [new SquaredExponentialKernel(), new MaternKernel()];

    /// <summary>Computes the covariances, and their derivatives by the squared distance.</summary>
    /// <param name="squaredDistance">Squared distances after each column was divided by its length scale, not below 0.</param>
    public abstract (Tensor Value, Tensor Slope) Evaluate(Tensor squaredDistance);
}
