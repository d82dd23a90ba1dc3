using System.Text.Json.Serialization;
using Bayes.Layers.Evaluation;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Regression;

/// <summary>How well the points of a region are predicted, and how unsure the network is there.</summary>
/// <param name="Rmse">Root mean squared error of the predictive mean, in the unit of y.</param>
/// <param name="LogDensity">log p(y | x) of the mixture over the draws, mean over the points, in nats.</param>
/// <param name="Coverage95">The share of points within their 95 % prediction interval.</param>
/// <param name="IntervalWidth">Mean width of these intervals, in the unit of y.</param>
/// <param name="EpistemicStddev">Mean over the points of the spread of the functions, in the unit of y.</param>
/// <param name="AleatoricStddev">Mean over the points of the root of the aleatoric variance, in the unit of y.</param>
/// <param name="RmseOfTruth">What the true f would have: the noise.</param>
/// <param name="LogDensityOfTruth">What the true f and noise would have.</param>
internal sealed record RegionEvaluation(
    double Rmse,
    double LogDensity,
    [property: JsonPropertyName("coverage_95")] double Coverage95,
    double IntervalWidth,
    double EpistemicStddev,
    double AleatoricStddev,
    double RmseOfTruth,
    double LogDensityOfTruth)
{
    private const double Mass = 0.95;

    private static readonly double LogOfRootOfTwoPi = 0.5 * Math.Log(2 * Math.PI);

    /// <summary>Evaluates a prediction that kept its samples and was given the targets.</summary>
    public static RegionEvaluation Of(Predictive prediction, Tensor target, IReadOnlyList<SimulatedPoint> points)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = prediction.PredictionInterval(Mass);
        var coverage = IntervalCoverage.Of(lower, upper, target);
        return new RegionEvaluation(
            RootMeanSquaredError.Of(prediction.Mean, target),
            Numbers.Of(prediction.LogPredictiveDensity).Average(),
            coverage.Share,
            coverage.MeanWidth,
            Numbers.Of(prediction.EpistemicStddev).Average(),
            Numbers.Of(prediction.AleatoricVariance).Average(Math.Sqrt),
            Math.Sqrt(points.Average(point => Math.Pow(point.Y - SimulatedProcess.Mean(point.X), 2))),
            points.Average(LogDensityOf));
    }

    private static double LogDensityOf(SimulatedPoint point)
    {
        double stddev = SimulatedProcess.NoiseStddev(point.X);
        double score = (point.Y - SimulatedProcess.Mean(point.X)) / stddev;
        return -0.5 * score * score - Math.Log(stddev) - LogOfRootOfTwoPi;
    }
}
