using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>Checks targets that hold the probabilities of all classes.</summary>
internal static class SoftTargets
{
    // Probabilities that were rounded, or averaged, do not sum to one exactly; those of a half precision even less.
    private const double SumTolerance = 1e-3;

    /// <summary>Refuses numbers that are not probabilities which sum to one along an axis.</summary>
    /// <exception cref="ArgumentException">There is such a number.</exception>
    public static void Require(Tensor target, int axis)
    {
        using var scope = NewDisposeScope();
        Numerics.Require.WithinUnitInterval(target, nameof(target));
        var (minimum, maximum) = target.detach().sum([axis], type: ScalarType.Float64).aminmax();
        double low = minimum.ReadDouble(), high = maximum.ReadDouble(), tolerance = Math.Max(SumTolerance, finfo(target.dtype).eps);
        if (1 - low > tolerance || high - 1 > tolerance)
            throw new ArgumentException(
                $"target has probabilities of classes that sum to {(1 - low > tolerance ? low : high)}; expected 1 within {tolerance}, or classes "
                + "of an integer type.", nameof(target));
    }
}
