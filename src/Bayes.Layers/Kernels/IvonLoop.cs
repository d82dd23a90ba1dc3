using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>
/// One step of IVON (Shen et al. 2024, "Variational Learning is Effective for Large Deep Networks", algorithm 1) for blocks of numbers, into other
/// memory, so that a step that is not finite can be refused. The memory of ĥ may receive h.
/// </summary>
/// <param name="factors">The numbers of the step.</param>
/// <param name="gradients">ĝ.</param>
/// <param name="estimates">ĥ.</param>
/// <param name="now">m, h and g.</param>
/// <param name="next">Receives m, h and g after the step.</param>
internal readonly struct IvonLoop<T>(
    IvonFactors factors, TensorMemory<T> gradients, TensorMemory<T> estimates, IvonMemory<T> now, IvonMemory<T> next) : IBlockTerm
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _decay = T.CreateTruncating(factors.Decay);
    private readonly T _beta1 = T.CreateTruncating(factors.Beta1);
    private readonly T _rest1 = T.CreateTruncating(1 - factors.Beta1);
    private readonly T _rest2 = T.CreateTruncating(1 - factors.Beta2);
    private readonly T _bias = T.CreateTruncating(factors.Bias);
    private readonly T _rate = T.CreateTruncating(factors.Rate);
    private readonly T _half = T.CreateTruncating(0.5);

    /// <summary>Gets the number of weights.</summary>
    public int Length => now.Means.Length;

    /// <summary>Computes one block; returns 0, or NaN if a mean is not finite.</summary>
    /// <inheritdoc/>
    public double Take(int start, int length)
    {
        Span<T> gradient = gradients.Slice(start, length), estimate = estimates.Slice(start, length);
        Span<T> mean = now.Means.Slice(start, length), hessian = now.Hessians.Slice(start, length), momentum = now.Momenta.Slice(start, length);
        Span<T> nextMean = next.Means.Slice(start, length), nextHessian = next.Hessians.Slice(start, length);
        Span<T> nextMomentum = next.Momenta.Slice(start, length);
        Span<Vector<T>> gradientVectors = Vectors.Of(gradient), estimateVectors = Vectors.Of(estimate), meanVectors = Vectors.Of(mean);
        Span<Vector<T>> hessianVectors = Vectors.Of(hessian), momentumVectors = Vectors.Of(momentum), nextMeanVectors = Vectors.Of(nextMean);
        Span<Vector<T>> nextHessianVectors = Vectors.Of(nextHessian), nextMomentumVectors = Vectors.Of(nextMomentum);
        Vector<T> decay = new(_decay), beta1 = new(_beta1), rest1 = new(_rest1), rest2 = new(_rest2), bias = new(_bias), rate = new(_rate);
        Vector<T> half = new(_half), check = default;
        for (int i = 0; i < meanVectors.Length; i++)
        {
            var (m, h) = (meanVectors[i], hessianVectors[i]);
            var g = nextMomentumVectors[i] = momentumVectors[i] * beta1 + gradientVectors[i] * rest1;
            // h + δ at least halves, whatever ĥ is, and stays above 0.
            var change = (estimateVectors[i] - h) * rest2;
            var curved = nextHessianVectors[i] = h + change + change * change * half / (h + decay);
            var moved = nextMeanVectors[i] = m - (g * bias + m * decay) * rate / (curved + decay);
            check += moved * Vector<T>.Zero;
        }
        T rest = Vector.Sum(check);
        for (int i = meanVectors.Length * Vector<T>.Count; i < mean.Length; i++)
        {
            var (m, h) = (mean[i], hessian[i]);
            T g = nextMomentum[i] = momentum[i] * _beta1 + gradient[i] * _rest1;
            T change = (estimate[i] - h) * _rest2;
            T curved = nextHessian[i] = h + change + change * change * _half / (h + _decay);
            T moved = nextMean[i] = m - (g * _bias + m * _decay) * _rate / (curved + _decay);
            rest += moved * T.Zero;
        }
        return double.CreateTruncating(rest);
    }
}

/// <summary>The numbers of one step.</summary>
/// <param name="Decay">δ.</param>
/// <param name="Beta1">β₁.</param>
/// <param name="Beta2">β₂.</param>
/// <param name="Bias">1 / (1 − β₁ᵗ).</param>
/// <param name="Rate">α (h₀ + δ).</param>
internal readonly record struct IvonFactors(double Decay, double Beta1, double Beta2, double Bias, double Rate);

/// <summary>The memory of means, Hessians and running means of gradients.</summary>
/// <param name="Means">m.</param>
/// <param name="Hessians">h.</param>
/// <param name="Momenta">g.</param>
internal readonly record struct IvonMemory<T>(TensorMemory<T> Means, TensorMemory<T> Hessians, TensorMemory<T> Momenta) where T : unmanaged;
