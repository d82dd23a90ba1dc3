using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Samples.Support.Metrics;

/// <summary>How good the predicted probabilities of the classes are.</summary>
/// <param name="NegativeLogLikelihood">−log p of the true class, in nats per example.</param>
/// <param name="BrierScore">Mean squared error of P(class 1), in [0, 1]; for more than two classes, of all probabilities, in [0, 2].</param>
/// <param name="ExpectedCalibrationError">Of the confidence in a prediction, in ten bins.</param>
/// <param name="MaximumCalibrationError">Of the confidence in a prediction, in ten bins.</param>
internal sealed record ProbabilityMetrics(
    double NegativeLogLikelihood, double BrierScore, double ExpectedCalibrationError, double MaximumCalibrationError) : MetricsPart
{
    public static ProbabilityMetrics Of(ClassificationReport report) =>
        new(report.NegativeLogLikelihood, report.BrierScore, report.Calibration.ExpectedError, report.Calibration.MaximumError);
}
