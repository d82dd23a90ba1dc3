namespace Bayes.Layers.Uncertainty.Methods;

/// <summary>Normal predictive distributions.</summary>
/// <param name="mean">The means, in the target's own unit.</param>
/// <param name="stddev">The standard deviations with the noise, above 0, in the target's own unit.</param>
internal sealed class NormalTargets(IReadOnlyList<double> mean, IReadOnlyList<double> stddev) : PredictedTargets
{
    // The 0.975 quantile of the standard normal distribution.
    private const double Quantile = 1.959963984540054;

    private static readonly double LogRootTwoPi = 0.5 * Math.Log(2 * Math.PI);

    public override IReadOnlyList<double> Mean => mean;

    public override IReadOnlyList<double> Lower => [.. mean.Zip(stddev, (m, s) => m - Quantile * s)];

    public override IReadOnlyList<double> Upper => [.. mean.Zip(stddev, (m, s) => m + Quantile * s)];

    public override IReadOnlyList<double> LogDensity(IReadOnlyList<double> targets) =>
        [.. Enumerable.Range(0, mean.Count).Select(row => LogDensity((targets[row] - mean[row]) / stddev[row]) - Math.Log(stddev[row]))];

    private static double LogDensity(double standardized) => -0.5 * standardized * standardized - LogRootTwoPi;
}
