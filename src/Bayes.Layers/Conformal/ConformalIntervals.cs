using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <summary>Intervals that contain the target of a new row with at least a given probability, if it is exchangeable with the calibration
/// rows.</summary>
/// <remarks>Owns its tensors, which also belong to the dispose scope in which it was made: dispose it, or the scope.</remarks>
public sealed class ConformalIntervals : IDisposable
{
    internal ConformalIntervals(Tensor lower, Tensor upper, double coverage, string? caution) =>
        (Lower, Upper, Coverage, Caution) = (lower, upper, coverage, caution);

    /// <summary>Gets the lower ends, of the shape of the prediction's mean, in the target's unit; −∞ if there are too few calibration rows.</summary>
    public Tensor Lower { get; }

    /// <summary>Gets the upper ends; ∞ if there are too few calibration rows.</summary>
    public Tensor Upper { get; }

    /// <summary>Gets the coverage that was asked for, 1 − α.</summary>
    public double Coverage { get; }

    /// <summary>Gets a sentence about intervals that are infinite, or hold only approximately; null if there is nothing to say.</summary>
    public string? Caution { get; }

    /// <summary>Returns the ends.</summary>
    public void Deconstruct(out Tensor lower, out Tensor upper) => (lower, upper) = (Lower, Upper);

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Lower.Dispose();
        Upper.Dispose();
    }

    /// <summary>Returns the coverage and the caution.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"ConformalIntervals(coverage {Coverage})") + (Caution is null ? "" : $": {Caution}");
}
