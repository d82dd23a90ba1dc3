using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Oracles;

/// <summary>
/// In place of random draws of D numbers the 2 D points ±√D e_j, whose mean is 0 and whose covariance is the identity: the mean over the
/// draws of what is quadratic in them is its expectation, exactly. A pass asks for parts of the D numbers one after the other.
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
