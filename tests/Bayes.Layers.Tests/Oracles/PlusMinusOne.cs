using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Oracles;

/// <summary>Two draws with the mean and variance of normal noise, which make the mean of a square exact.</summary>
internal sealed class PlusMinusOne : NoiseSource
{
    public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        shape[0].Should().Be(2);
        var sign = tensor(new[] { 1.0, -1 }, dtype, device).reshape([2, .. Enumerable.Repeat(1L, shape.Length - 1)]);
        return sign.expand(shape.ToArray()).clone();
    }
}
