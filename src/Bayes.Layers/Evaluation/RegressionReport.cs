using System.Globalization;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>All metrics of predicted normal distributions, in one record; <see cref="ToString"/> returns a table.</summary>
/// <param name="Count">The number of elements.</param>
/// <param name="RootMeanSquaredError">In the target's unit (<see cref="Evaluation.RootMeanSquaredError"/>).</param>
/// <param name="MeanAbsoluteError">In the target's unit (<see cref="Evaluation.MeanAbsoluteError"/>).</param>
/// <param name="NegativeLogLikelihood">Nats per element (<see cref="NormalNegativeLogLikelihood"/>).</param>
/// <param name="ContinuousRankedProbabilityScore">In the target's unit (<see cref="Evaluation.ContinuousRankedProbabilityScore"/>).</param>
/// <param name="Mass">The share of each distribution inside its central interval, in (0, 1).</param>
/// <param name="Coverage">The coverage of these intervals.</param>
public sealed record RegressionReport(
    long Count,
    double RootMeanSquaredError,
    double MeanAbsoluteError,
    double NegativeLogLikelihood,
    double ContinuousRankedProbabilityScore,
    double Mass,
    IntervalCoverage Coverage)
{
    /// <summary>
    /// Computes all metrics of the normal distributions with a prediction's means and total standard deviations, for every likelihood.
    /// <see cref="RegressionCalibration.Of(IPrediction, Tensor, int)"/> uses the predicted distributions themselves.
    /// </summary>
    /// <param name="prediction">The prediction, with a likelihood that is not over classes.</param>
    /// <param name="target">Observed values, of the shape of the prediction's mean.</param>
    /// <param name="mass">The share of each distribution inside its interval, in (0, 1).</param>
    /// <exception cref="ArgumentException">
    /// The prediction is of classes, the shapes differ, a value is not finite, or a standard deviation is not finite and above 0.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="mass"/> is not between 0 and 1.</exception>
    public static RegressionReport Of(IPrediction prediction, Tensor target, double mass = 0.9)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        return prediction.Likelihood is ClassLikelihood
            ? throw new ArgumentException(
                $"The prediction has the likelihood {prediction.Likelihood}, over classes; expected one of numbers; use ClassificationReport.",
                nameof(prediction))
            : Of(prediction.Mean, prediction.TotalStddev, target, mass);
    }

    /// <summary>Computes all metrics.</summary>
    /// <param name="mean">Predicted means, of any shape, in the target's unit.</param>
    /// <param name="stddev">
    /// Predicted standard deviations, not variances, of the target including the noise, of the same shape, in the target's unit.
    /// </param>
    /// <param name="target">Observed values, of the same shape.</param>
    /// <param name="mass">The share of each distribution inside its interval, in (0, 1).</param>
    /// <exception cref="ArgumentException">
    /// Shapes differ, there are no elements, a value is not finite, or a standard deviation is not above 0.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="mass"/> is not between 0 and 1.</exception>
    public static RegressionReport Of(Tensor mean, Tensor stddev, Tensor target, double mass = 0.9)
    {
        Require.Mass(mass);
        var outcomes = RegressionOutcomes.Read(mean, stddev, target);
        return new RegressionReport(
            outcomes.Count,
            Evaluation.RootMeanSquaredError.Of(outcomes),
            Evaluation.MeanAbsoluteError.Of(outcomes),
            NormalNegativeLogLikelihood.Of(outcomes),
            Evaluation.ContinuousRankedProbabilityScore.OfNormal(outcomes),
            mass,
            IntervalCoverage.OfNormal(outcomes, mass));
    }

    /// <summary>Returns a line for each metric, in the invariant culture.</summary>
    public override string ToString() => new ReportTable($"{Count} elements")
        .Add("root mean squared error", RootMeanSquaredError)
        .Add("mean absolute error", MeanAbsoluteError)
        .Add("negative log-likelihood", NegativeLogLikelihood, "nats per element")
        .Add("CRPS", ContinuousRankedProbabilityScore)
        .Add("inside the interval", Coverage.Share, string.Create(CultureInfo.InvariantCulture, $"expected {Mass:0.####}"))
        .Add("mean width of the interval", Coverage.MeanWidth)
        .ToString();
}
