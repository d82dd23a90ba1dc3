namespace Bayes.Layers.Evaluation;

/// <summary>The share of targets below the predicted quantiles of one level.</summary>
/// <param name="Expected">The level, in (0, 1), which is the expected share.</param>
/// <param name="Observed">The share of targets that lie at or below their quantile of this level, in [0, 1].</param>
public sealed record CoveragePoint(double Expected, double Observed);
