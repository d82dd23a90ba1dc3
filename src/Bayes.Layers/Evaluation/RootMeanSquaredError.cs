using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The root of the mean squared error.</summary>
public static class RootMeanSquaredError
{
    /// <summary>Returns √ mean (y − m)² over all elements, in the target's unit.</summary>
    /// <param name="mean">Predictions m, of any shape.</param>
    /// <param name="target">Observed values y, of the same shape.</param>
    /// <exception cref="ArgumentException">Shapes differ, there are no elements, or a value is not finite.</exception>
    public static double Of(Tensor mean, Tensor target) => Of(RegressionOutcomes.Read(mean, target));

    internal static double Of(RegressionOutcomes outcomes) =>
        Math.Sqrt(outcomes.Mean(element => outcomes.Residual(element) * outcomes.Residual(element)));
}
