using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>
/// Adds the estimate ĥ = gradient · deviation · (λ h + λ δ) of one draw to a sum, for blocks of numbers (Shen et al. 2024, "Variational
/// Learning is Effective for Large Deep Networks", algorithm 1).
/// </summary>
/// <param name="size">λ.</param>
/// <param name="prior">λ δ.</param>
/// <param name="hessians">h.</param>
/// <param name="gradients">The gradients.</param>
/// <param name="deviations">The deviations of the weights from their means.</param>
/// <param name="sums">The sums.</param>
/// <param name="isFirst">Whether the sums start here.</param>
internal readonly struct IvonEstimateLoop<T>(
    double size, double prior, TensorMemory<T> hessians, TensorMemory<T> gradients, TensorMemory<T> deviations, TensorMemory<T> sums, bool isFirst)
    : IBlockTerm where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _size = T.CreateTruncating(size);
    private readonly T _prior = T.CreateTruncating(prior);

    /// <summary>Gets the number of weights.</summary>
    public int Length => sums.Length;

    /// <summary>Computes one block; returns 0.</summary>
    /// <inheritdoc/>
    public double Take(int start, int length)
    {
        Span<T> hessian = hessians.Slice(start, length), gradient = gradients.Slice(start, length);
        Span<T> deviation = deviations.Slice(start, length), sum = sums.Slice(start, length);
        // A product of zero and what was there before might be NaN.
        if (isFirst)
            sum.Clear();
        Span<Vector<T>> hessianVectors = Vectors.Of(hessian), gradientVectors = Vectors.Of(gradient);
        Span<Vector<T>> deviationVectors = Vectors.Of(deviation), sumVectors = Vectors.Of(sum);
        Vector<T> size = new(_size), prior = new(_prior);
        for (int i = 0; i < sumVectors.Length; i++)
            sumVectors[i] += deviationVectors[i] * gradientVectors[i] * (hessianVectors[i] * size + prior);
        for (int i = sumVectors.Length * Vector<T>.Count; i < sum.Length; i++)
            sum[i] += deviation[i] * gradient[i] * (hessian[i] * _size + _prior);
        return 0;
    }
}
