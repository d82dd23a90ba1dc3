using System.Text.Json.Serialization;
using Bayes.Layers.Evaluation;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Series;

/// <summary>How well the test days were forecast.</summary>
/// <param name="Rmse">Root mean squared error, in the unit of the series.</param>
/// <param name="MeanAbsoluteError">Mean absolute error, in the unit of the series.</param>
/// <param name="Crps">Continuous ranked probability score of normal distributions, in the unit of the series.</param>
/// <param name="NegativeLogLikelihood">Of normal distributions, in nats per day.</param>
/// <param name="Coverage90">Share of the days within their 90 % interval.</param>
/// <param name="IntervalWidth">Mean width of these intervals, in the unit of the series.</param>
internal sealed record ForecastEvaluation(
    double Rmse, double MeanAbsoluteError, double Crps, double NegativeLogLikelihood,
    [property: JsonPropertyName("coverage_90")] double Coverage90, double IntervalWidth)
{
    /// <summary>The probability within the intervals.</summary>
    public const double Mass = 0.9;

    /// <summary>Evaluates forecasts with kept samples: intervals are those of the mixture.</summary>
    public static ForecastEvaluation Of(Predictive forecast, Tensor observed)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = forecast.PredictionInterval(Mass);
        return Of(RegressionReport.Of(forecast, observed, Mass), IntervalCoverage.Of(lower, upper, observed));
    }

    /// <summary>Evaluates normal distributions.</summary>
    public static ForecastEvaluation OfNormal(Tensor mean, Tensor stddev, Tensor observed)
    {
        var report = RegressionReport.Of(mean, stddev, observed, Mass);
        return Of(report, report.Coverage);
    }

    private static ForecastEvaluation Of(RegressionReport report, IntervalCoverage coverage) => new(
        report.RootMeanSquaredError, report.MeanAbsoluteError, report.ContinuousRankedProbabilityScore, report.NegativeLogLikelihood, coverage.Share,
        coverage.MeanWidth);
}
