using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>A likelihood of real targets with a distribution function: so a prediction has quantiles and intervals of the target.</summary>
public abstract class ContinuousLikelihood : Likelihood
{
    /// <summary>P(y ≤ value | f), elementwise.</summary>
    /// <param name="output">f: <c>[S, B, …]</c>.</param>
    /// <param name="value">A value for each element of the mean, in the target's unit; broadcast over the draws.</param>
    /// <returns>A new tensor, of the shape of the mean, between 0 and 1.</returns>
    public abstract Tensor CumulativeProbability(Tensor output, Tensor value);

    /// <summary>The value below which y lies with probability <paramref name="level"/>, of each draw alone.</summary>
    /// <param name="output">f: <c>[S, B, …]</c>.</param>
    /// <param name="level">Above 0 and below 1.</param>
    /// <returns>A new tensor, of the shape of the mean, in the target's unit.</returns>
    public abstract Tensor Quantile(Tensor output, double level);

    /// <summary>Refuses values of the target that cannot stand beside the means.</summary>
    private protected static void RequireValue(Tensor mean, Tensor value)
    {
        long[] expected = mean.shape, found = value.shape;
        bool fits = value.is_floating_point();
        for (int axis = 1; fits && axis <= Math.Min(found.Length, expected.Length); axis++)
            fits = found[^axis] == expected[^axis] || found[^axis] == 1 || expected[^axis] == 1;
        if (!fits)
            throw new ArgumentException(
                $"The value is of type {value.dtype} and shape {Shapes.Describe(found)}; expected a floating-point type and {Shapes.Describe(expected)}, the means' shape, or one that can be broadcast with it.",
                nameof(value));
    }
}
