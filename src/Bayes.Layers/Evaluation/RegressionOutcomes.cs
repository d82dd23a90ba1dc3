using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>Predicted normal distributions and observed values, read from tensors and checked.</summary>
internal sealed class RegressionOutcomes
{
    private RegressionOutcomes(double[] means, double[] stddevs, double[] targets)
    {
        Means = means;
        Stddevs = stddevs;
        Targets = targets;
    }

    public double[] Means { get; }

    /// <summary>Gets the predicted standard deviations; empty if only means were read.</summary>
    public double[] Stddevs { get; }

    public double[] Targets { get; }

    public int Count => Targets.Length;

    /// <summary>Returns target − mean.</summary>
    public double Residual(int element) => Targets[element] - Means[element];

    /// <summary>Returns the residual in standard deviations.</summary>
    public double Standardized(int element) => Residual(element) / Stddevs[element];

    /// <summary>Returns the mean of a function over the elements.</summary>
    public double Mean(Func<int, double> ofElement) => Enumerable.Range(0, Count).Average(ofElement);

    public static RegressionOutcomes Read(Tensor mean, Tensor target)
    {
        TensorValues.RequireMatching(mean, nameof(mean), target);
        return new RegressionOutcomes(TensorValues.ReadFinite(mean, nameof(mean)), [], TensorValues.ReadFinite(target, nameof(target)));
    }

    public static RegressionOutcomes Read(Tensor mean, Tensor stddev, Tensor target)
    {
        var means = Read(mean, target);
        TensorValues.RequireMatching(stddev, nameof(stddev), target);
        double[] stddevs = stddev.ReadDoubles();
        foreach (double value in stddevs)
            if (!(value > 0 && double.IsFinite(value)))
                throw new ArgumentException($"A standard deviation is {value}; expected finite numbers above 0.", nameof(stddev));
        return new RegressionOutcomes(means.Means, stddevs, means.Targets);
    }
}
