using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests;

/// <summary>Returns the given tensors in order, and requires their shapes.</summary>
internal sealed class GivenNoise(params IEnumerable<Tensor> draws) : NoiseSource
{
    private readonly Queue<Tensor> _draws = new(draws);

    public int Left => _draws.Count;

    public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        _draws.Should().NotBeEmpty("the noise was asked for once too often");
        var draw = _draws.Dequeue();
        return draw.reshape(shape.ToArray()).to(dtype, device, copy: true);
    }
}
