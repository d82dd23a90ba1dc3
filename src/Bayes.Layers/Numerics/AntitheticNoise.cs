using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// Noise in antithetic pairs: the second half of S draws is the first half with the opposite sign (Hammersley &amp; Morton 1956, "A New Monte Carlo
/// Technique: Antithetic Variates"). The distribution of each draw does not change; odd functions of the noise cancel in the mean of a pair. If S is
/// odd, the last draw of the first half has no partner. The two draws of a pair share random signs.
/// </summary>
internal sealed class AntitheticNoise(NoiseSource source) : NoiseSource
{
    /// <inheritdoc/>
    public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var first = source.StandardNormal(FirstHalf(shape), dtype, device);
        return cat([first, first.narrow(0, 0, shape[0] / 2).neg()], 0).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Signs(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var first = source.Signs(FirstHalf(shape), dtype, device);
        return cat([first, first.narrow(0, 0, shape[0] / 2)], 0).MoveToOuterDisposeScope();
    }

    private static long[] FirstHalf(ReadOnlySpan<long> shape) => [(shape[0] + 1) / 2, .. shape[1..]];
}
