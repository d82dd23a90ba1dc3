namespace Bayes.Layers.Kernels;

/// <summary>The settings of Adam and AdamW.</summary>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="Beta1">The decay rate of the running mean of gradients.</param>
/// <param name="Beta2">The decay rate of the running mean of squares.</param>
/// <param name="Epsilon">The number that is added to the root of the mean of squares.</param>
/// <param name="Maximizes">Whether the optimizer ascends.</param>
/// <param name="KeepsLargest">Whether a step uses the largest mean of squares so far (AMSGrad).</param>
internal readonly record struct AdamSettings(double LearningRate, double Beta1, double Beta2, double Epsilon, bool Maximizes, bool KeepsLargest)
{
    // If a square underflows to zero, a mean of gradients divided by this is still far below one.
    private const double LeastEpsilon = 1e-15;

    /// <summary>Gets the factor that a weight is multiplied by before it moves.</summary>
    public double Kept { get; init; } = 1;

    /// <summary>Gets the share of the weight that is added to its gradient.</summary>
    public double Pull { get; init; }

    /// <summary>
    /// Gets an upper bound on how far one step moves a weight; infinite if there is none. Both means are over the same gradients, so the
    /// Cauchy–Schwarz inequality bounds their ratio: |m| / √v ≤ 1 / √((1 − β₂)(1 − β₁² / β₂)).
    /// </summary>
    public double LargestMove =>
        Epsilon >= LeastEpsilon && Beta1 * Beta1 < Beta2 ? Math.Abs(LearningRate) / Math.Sqrt((1 - Beta2) * (1 - Beta1 * Beta1 / Beta2))
            : double.PositiveInfinity;
}
