using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>A function of one number: in lanes for predictions, and in double precision, with its slope, for training.</summary>
/// <remarks>The values of the two may differ in the last bits (decision 34).</remarks>
internal interface IElementFunction : ILaneFunction
{
    /// <summary>Returns the function's values.</summary>
    Vector<double> Of(Vector<double> x);

    /// <summary>Returns the function's slopes.</summary>
    /// <param name="x">Where.</param>
    /// <param name="result">The function's values there.</param>
    Vector<double> Slope(Vector<double> x, Vector<double> result);
}
