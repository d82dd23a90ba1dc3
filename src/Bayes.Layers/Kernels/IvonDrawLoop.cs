using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>
/// Draws normal weights for blocks of numbers: the deviation ε / √(λ h + λ δ) in place of ε, and mean + deviation as the weight (Shen et al. 2024,
/// "Variational Learning is Effective for Large Deep Networks", algorithm 1).
/// </summary>
/// <param name="size">λ.</param>
/// <param name="prior">λ δ.</param>
/// <param name="means">The means.</param>
/// <param name="hessians">h.</param>
/// <param name="noise">ε; afterwards the deviations.</param>
/// <param name="weights">Receives the weights.</param>
internal readonly struct IvonDrawLoop<T>(
    double size, double prior, TensorMemory<T> means, TensorMemory<T> hessians, TensorMemory<T> noise, TensorMemory<T> weights) : IBlockTerm
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _size = T.CreateTruncating(size);
    private readonly T _prior = T.CreateTruncating(prior);

    /// <summary>Gets the number of weights.</summary>
    public int Length => weights.Length;

    /// <summary>Draws one block; returns 0.</summary>
    /// <inheritdoc/>
    public double Take(int start, int length)
    {
        Span<T> mean = means.Slice(start, length), hessian = hessians.Slice(start, length);
        Span<T> deviation = noise.Slice(start, length), weight = weights.Slice(start, length);
        Span<Vector<T>> meanVectors = Vectors.Of(mean), hessianVectors = Vectors.Of(hessian);
        Span<Vector<T>> deviationVectors = Vectors.Of(deviation), weightVectors = Vectors.Of(weight);
        Vector<T> size = new(_size), prior = new(_prior);
        for (int i = 0; i < weightVectors.Length; i++)
        {
            var own = deviationVectors[i] = deviationVectors[i] / Vector.SquareRoot(hessianVectors[i] * size + prior);
            weightVectors[i] = meanVectors[i] + own;
        }
        for (int i = weightVectors.Length * Vector<T>.Count; i < weight.Length; i++)
        {
            T own = deviation[i] = deviation[i] / T.Sqrt(hessian[i] * _size + _prior);
            weight[i] = mean[i] + own;
        }
        return 0;
    }
}
