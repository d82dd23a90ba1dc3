namespace Bayes.Layers.Conformal;

/// <summary>Settings of <see cref="ConformalRegression"/>. Immutable.</summary>
public sealed record ConformalRegressionOptions : ConformalOptions
{
    /// <summary>Gets the score; <see cref="RegressionScore.ScaledResiduals"/> by default.</summary>
    public RegressionScore Score { get; init; } = RegressionScore.ScaledResiduals;

    /// <summary>
    /// Gets whether all outputs of a row are inside their intervals together with the coverage asked for: the score of a row is the largest of its
    /// outputs. False by default: each output has its own coverage.
    /// </summary>
    public bool JointOutputs { get; init; }
}
