using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Posteriors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>Computes the KL divergence under a <see cref="NormalPrior"/> in one pass over the numbers.</summary>
internal static class BlockKl
{
    // For fewer weights torch's operations take microseconds, and the last digit does not depend on whether a gradient is recorded.
    private const long LeastWeights = 1 << 8;

    /// <summary>
    /// Computes the KL divergence. Returns null if torch must compute it: for few weights, if a gradient is recorded, or if a tensor is not plain.
    /// </summary>
    /// <returns>A scalar that the caller disposes.</returns>
    public static Tensor? TryCompute(NormalPrior prior, MeanFieldNormal posterior)
    {
        Tensor mean = posterior.Mean, logVariance = posterior.LogVariance;
        bool isRecorded = is_grad_enabled() && (mean.requires_grad || logVariance.requires_grad);
        if (mean.numel() < LeastWeights || isRecorded || !mean.IsPlain() || !logVariance.IsPlain(mean.dtype))
            return null;
        double divergence = mean.dtype == ScalarType.Float32 ? Sum<float>(prior, mean, logVariance) : Sum<double>(prior, mean, logVariance);
        using Scalar value = divergence;
        return full([], value, mean.dtype, CPU);
    }

    private static double Sum<T>(NormalPrior prior, Tensor mean, Tensor logVariance) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double sum = Blocks.Sum((int)mean.numel(), new Term<T>(prior, mean.AsMemory<T>(), logVariance.AsMemory<T>()));
        GC.KeepAlive(mean);
        GC.KeepAlive(logVariance);
        return sum;
    }

    private readonly struct Term<T>(NormalPrior prior, TensorMemory<T> means, TensorMemory<T> logVariances) : IBlockTerm
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public double Take(int start, int length) => prior.Divergence<T>(means.Slice(start, length), logVariances.Slice(start, length));
    }
}
