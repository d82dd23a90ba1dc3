using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <summary>Sets that contain the class of a new row with at least a given probability, if it is exchangeable with the calibration rows.</summary>
/// <remarks>Owns its tensors, which also belong to the dispose scope in which it was made: dispose it, or the scope.</remarks>
public sealed class ConformalSets : IDisposable
{
    internal ConformalSets(Tensor contains, Tensor sizes, double coverage, string? caution) =>
        (Contains, Sizes, Coverage, Caution) = (contains, sizes, coverage, caution);

    /// <summary>
    /// Gets whether each class is in the set of each row, Boolean <c>[B, C]</c>; for a Bernoulli likelihood the columns are y = 0 and y = 1. All
    /// classes are in the set if there are too few calibration rows.
    /// </summary>
    public Tensor Contains { get; }

    /// <summary>Gets the number of classes in the set of each row, Int64 <c>[B]</c>.</summary>
    public Tensor Sizes { get; }

    /// <summary>Gets the coverage that was asked for, 1 − α.</summary>
    public double Coverage { get; }

    /// <summary>Gets a sentence about sets that are of all classes, or hold only approximately; null if there is nothing to say.</summary>
    public string? Caution { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Contains.Dispose();
        Sizes.Dispose();
    }

    /// <summary>Returns the coverage and the caution.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"ConformalSets(coverage {Coverage})") + (Caution is null ? "" : $": {Caution}");
}
