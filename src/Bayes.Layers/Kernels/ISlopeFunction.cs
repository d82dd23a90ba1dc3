using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>A function of one number, with its slope.</summary>
internal interface ISlopeFunction
{
    /// <summary>Returns the function's value.</summary>
    static abstract T Value<T>(T x) where T : IFloatingPointIeee754<T>;

    /// <summary>Returns the slope at the point where the function has a given value.</summary>
    static abstract T Slope<T>(T result) where T : IFloatingPointIeee754<T>;

    /// <summary>Returns the function's values. They may differ from <see cref="Value"/> in the last bits.</summary>
    static abstract Vector<double> Values(Vector<double> x);

    /// <summary>Returns the slopes at the points where the function has given values.</summary>
    static abstract Vector<double> Slopes(Vector<double> results);
}
