using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Oracles;

/// <summary>
/// Replaces random draws of D numbers by the 2 D points ±√D e_j with mean 0 and the identity as covariance, so that the mean over the
/// draws of a quadratic function is exactly its expectation. A pass requests parts of the D numbers one after the other.
/// </summary>
internal sealed class CubatureNoise : NoiseSource
{
    private readonly long _dimensions;
    private long _next;

    public CubatureNoise(long dimensions) => _dimensions = dimensions;

    /// <summary>S.</summary>
    public int Samples => (int)(2 * _dimensions);

    public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        shape[0].Should().Be(Samples);
        long wanted = shape[1..].ToArray().Aggregate(1L, (product, size) => product * size);
        using var scope = NewDisposeScope();
        var corners = eye(_dimensions, dtype: dtype, device: device) * Math.Sqrt(_dimensions);
        var points = cat([corners, -corners], 0).narrow(1, _next, wanted).reshape(shape.ToArray());
        _next = (_next + wanted) % _dimensions;
        return points.clone().MoveToOuterDisposeScope();
    }
}
