using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Oracles;

/// <summary>Two draws that have the mean and the variance of normal noise: with them the mean of a square is exact.</summary>
internal sealed class PlusMinusOne : NoiseSource
{
    public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        shape[0].Should().Be(2);
        var sign = tensor(new[] { 1.0, -1 }, dtype, device).reshape([2, .. Enumerable.Repeat(1L, shape.Length - 1)]);
        return sign.expand(shape.ToArray()).clone();
    }
}
