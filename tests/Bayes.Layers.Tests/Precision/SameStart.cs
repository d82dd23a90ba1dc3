using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Tests.Precision;

/// <summary>Initial values that are the same in every element type: mu ~ N(0, ½²), log sigma² ~ N(−2, ½²).</summary>
internal sealed class SameStart : PosteriorInitializer
{
    private readonly SameNoise _noise = new(seed: 1000);

    public override (Tensor Mean, Tensor LogVariance) Initialize(long[] shape, long fanIn, NoiseSource noise, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        // Products and sums that are exact in single precision except for a last digit, which is dropped before the types differ.
        var mean = _noise.StandardNormal(shape, float32, CPU).mul(0.5);
        var logVariance = _noise.StandardNormal(shape, float32, CPU).mul(0.5).sub(2);
        return scope.MoveToOuter(mean.to(dtype, copy: true), logVariance.to(dtype, copy: true));
    }
}
