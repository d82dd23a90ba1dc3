namespace Bayes.Layers.Kernels;

/// <summary>The settings of Adam and AdamW.</summary>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="Beta1">The share kept of the mean of gradients.</param>
/// <param name="Beta2">The share kept of the mean of squares.</param>
/// <param name="Epsilon">What is added to the root of the mean of squares.</param>
/// <param name="Maximizes">Whether the optimizer ascends.</param>
/// <param name="KeepsLargest">Whether the largest mean of squares is kept too (AMSGrad).</param>
internal readonly record struct AdamSettings(double LearningRate, double Beta1, double Beta2, double Epsilon, bool Maximizes, bool KeepsLargest)
{
    // If a square underflows to zero, a mean of gradients divided by this is still far below one.
    private const double LeastEpsilon = 1e-15;

    /// <summary>Gets the factor of a weight before it is moved.</summary>
    public double Kept { get; init; } = 1;

    /// <summary>Gets the share of the weight that is added to its gradient.</summary>
    public double Pull { get; init; }

    /// <summary>
    /// Gets an upper bound of how far one step moves a weight; infinite if there is none. With the means of gradients and of squares taken over the
    /// same gradients, the Cauchy–Schwarz inequality bounds their ratio: |m| / √v ≤ 1 / √((1 − β₂)(1 − β₁² / β₂)).
    /// </summary>
    public double LargestMove =>
        Epsilon >= LeastEpsilon && Beta1 * Beta1 < Beta2 ? Math.Abs(LearningRate) / Math.Sqrt((1 - Beta2) * (1 - Beta1 * Beta1 / Beta2))
            : double.PositiveInfinity;
}
