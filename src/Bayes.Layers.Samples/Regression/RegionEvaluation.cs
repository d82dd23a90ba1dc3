using System.Text.Json.Serialization;
using Bayes.Layers.Evaluation;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Regression;

/// <summary>How well a region's points are predicted, and how uncertain the network is there.</summary>
/// <param name="Rmse">Root mean squared error of the predictive mean, in the unit of y.</param>
/// <param name="LogDensity">Mean over the points of log p(y | x), the mixture of the draws, in nats.</param>
/// <param name="Coverage95">Share of the points within their 95 % prediction interval.</param>
/// <param name="IntervalWidth">Mean width of these intervals, in the unit of y.</param>
/// <param name="EpistemicStddev">Mean over the points of the functions' standard deviation, in the unit of y.</param>
/// <param name="AleatoricStddev">Mean over the points of the square root of the aleatoric variance, in the unit of y.</param>
/// <param name="RmseOfTruth">RMSE of the true f: the noise.</param>
/// <param name="LogDensityOfTruth">Log density of the true f and noise.</param>
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

    /// <summary>Evaluates a prediction that keeps its samples and was made with the targets.</summary>
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
