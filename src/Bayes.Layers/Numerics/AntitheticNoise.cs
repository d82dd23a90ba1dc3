using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// Noise in antithetic pairs: of S draws the second half is the first with its sign turned (Hammersley &amp; Morton 1956, "A New Monte
/// Carlo Technique: Antithetic Variates"). Each draw alone is distributed as before; what is odd in the noise cancels in the
/// mean of a pair. Of an odd number the last of the first half stays alone. Random signs are shared by a pair.
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
