using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// Weights of examples: the log-probability of each row is multiplied by its weight. A weight of 2 counts like the row twice, and 0 like a row that
/// is not there.
/// </summary>
/// <remarks>
/// Weights that count repeated rows leave Bayes' rule as it is. Other weights, such as those that undo how examples were selected, make a
/// pseudo-likelihood: the posterior is about as wide as if there were Σ w examples, although they say only as much as
/// <see cref="EffectiveCount"/> of them. Scale weights to a sum of N, or of the effective count to be careful.
/// </remarks>
public static class SampleWeights
{
    /// <summary>
    /// Returns Kish's effective number of examples, (Σ w)² / Σ w² (Kish 1965, "Survey Sampling", §11.7): how many examples of equal weight give a
    /// weighted mean with the same variance. From 1 to the number of weights above 0; the scale of the weights does not matter.
    /// </summary>
    /// <param name="weights">A weight for each row, <c>[N]</c>, each finite and at least 0, and not all 0.</param>
    /// <exception cref="ArgumentException">The weights are not <c>[N]</c>, or are all 0, or one is negative or not finite.</exception>
    public static double EffectiveCount(Tensor weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        double largest = Require(weights, rows: null);
        if (largest == 0)
            throw new ArgumentException("The weights are all 0, so there are no examples; expected at least one above 0.", nameof(weights));
        using var scope = NewDisposeScope();
        // Relative to the largest: no square overflows, and not all of them are too small.
        var relative = weights.detach().to(ScalarType.Float64).div(tensor(largest, ScalarType.Float64, weights.device));
        double sum = relative.sum().ReadDouble();
        return sum * sum / relative.mul(relative).sum().ReadDouble();
    }

    /// <summary>Refuses weights that are not one for each row. Reads two numbers back from the device, and returns the largest weight.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="rows">The number of rows; null for any number of at least 1.</param>
    /// <exception cref="ArgumentException">There is another number of weights, or one is negative or not finite.</exception>
    internal static double Require(Tensor weights, long? rows)
    {
        Numerics.Require.Real(weights, nameof(weights));
        if (weights.ndim != 1 || weights.shape[0] != (rows ?? Math.Max(weights.shape[0], 1)))
            throw new ArgumentException(
                $"The weights have shape {Shapes.Describe(weights.shape)}; expected [{(rows is { } count ? $"{count}" : "N")}], one for each row.",
                nameof(weights));
        using var scope = NewDisposeScope();
        var (minimum, maximum) = weights.detach().to(ScalarType.Float64).aminmax();
        double low = minimum.ReadDouble(), high = maximum.ReadDouble();
        return low >= 0 && double.IsFinite(high)
            ? high
            : throw new ArgumentException(
                $"weights has the value {(low >= 0 ? high : low)}; expected finite numbers of at least 0.", nameof(weights));
    }
}
