using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Precision;

/// <summary>Noise with the same numbers in every element type: drawn in single precision, the n-th request from the n-th seed.</summary>
internal sealed class SameNoise(long seed = 0) : NoiseSource
{
    private long _next = seed;

    public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        using var generator = new Generator((ulong)++_next);
        using var scope = NewDisposeScope();
        return randn(shape.ToArray(), float32, generator: generator).to(dtype, copy: true).MoveToOuterDisposeScope();
    }
}
