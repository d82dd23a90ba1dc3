using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// The range of a learned positive number. Its logarithm is mirrored at the ends, so it never leaves the range and always has a gradient. A descent
/// beyond an end stays next to that end, and can return at once.
/// </summary>
/// <param name="minimum">The low end; above 0.</param>
/// <param name="maximum">The high end; above the low one.</param>
internal sealed class MirroredRange(double minimum, double maximum)
{
    private readonly double _logMinimum = Math.Log(minimum);
    private readonly double _width = Math.Log(maximum) - Math.Log(minimum);

    /// <summary>Gets the low end.</summary>
    public double Minimum => minimum;

    /// <summary>Gets the high end.</summary>
    public double Maximum => maximum;

    /// <summary>Determines whether a number is inside the range, and not at an end.</summary>
    public bool Contains(double value) => value > minimum && value < maximum;

    /// <summary>
    /// Returns the logarithm that a learned number represents: the number itself if it is inside the range, otherwise its mirror image.
    /// </summary>
    public Tensor Mirror(Tensor log)
    {
        using var scope = NewDisposeScope();
        using Scalar logMinimum = _logMinimum, period = 2 * _width;
        var above = Above(log);
        // An absolute value would have no gradient exactly at an end.
        return where(IsForward(above), above, above.neg().add(period, Scalars.One)).add(logMinimum, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the derivative of <see cref="Mirror(Tensor)"/>: 1, or −1 where it decreases.</summary>
    public Tensor Slope(Tensor log)
    {
        using var scope = NewDisposeScope();
        return IsForward(Above(log)).to(log.dtype).mul(Scalars.Two).add(Scalars.MinusOne, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Mirror(Tensor)"/>
    public double Mirror(double log)
    {
        double above = Above(log);
        return _logMinimum + (above < _width ? above : 2 * _width - above);
    }

    /// <inheritdoc cref="Slope(Tensor)"/>
    public double Slope(double log) => Above(log) < _width ? 1 : -1;

    private double Above(double log)
    {
        double above = Math.IEEERemainder(log - _logMinimum, 2 * _width);
        return above < 0 ? above + 2 * _width : above;
    }

    // The distance from the low end, within a period that goes up and comes down again.
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
