using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// The range of a positive number that is learned. Its logarithm is mirrored at the ends: beyond an end it comes back by as much. So it
/// never leaves the range, always has a gradient, and a descent that would go beyond an end stays next to it, from where it can
/// return at once.
/// </summary>
/// <param name="minimum">The low end; above 0.</param>
/// <param name="maximum">The high end; above the low one.</param>
internal sealed class MirroredRange(double minimum, double maximum)
{
    private readonly double _logMinimum = Math.Log(minimum);
    private readonly double _width = Math.Log(maximum) - Math.Log(minimum);

    /// <summary>The low end.</summary>
    public double Minimum => minimum;

    /// <summary>The high end.</summary>
    public double Maximum => maximum;

    /// <summary>Whether a number is within the range, and not at an end.</summary>
    public bool Contains(double value) => value > minimum && value < maximum;

    /// <summary>The logarithm within the range that a learned number stands for: itself, where it is within.</summary>
    public Tensor Mirror(Tensor log)
    {
        using var scope = NewDisposeScope();
        using Scalar logMinimum = _logMinimum, period = 2 * _width;
        var above = Above(log);
        // Not by an absolute value, which has no gradient exactly at an end.
        return where(IsForward(above), above, above.neg().add(period, Scalars.One)).add(logMinimum, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>The derivative of <see cref="Mirror"/>: 1, and −1 where it goes backwards.</summary>
    public Tensor Slope(Tensor log)
    {
        using var scope = NewDisposeScope();
        return IsForward(Above(log)).to(log.dtype).mul(Scalars.Two).add(Scalars.MinusOne, Scalars.One).MoveToOuterDisposeScope();
    }

    // How far above the low end, in a period that goes up and comes down again.
    private Tensor Above(Tensor log)
    {
        using Scalar minusLogMinimum = -_logMinimum, period = 2 * _width;
        return log.add(minusLogMinimum, Scalars.One).remainder(period);
    }

    private Tensor IsForward(Tensor above)
    {
        using Scalar width = _width;
        return above.lt(width);
    }
}
