using Bayes.Layers.Evaluation;
using Bayes.Layers.Reports;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>How well the test half is predicted, and how well the uncertainty predicts errors.</summary>
/// <param name="Report">The metrics.</param>
/// <param name="ByTotalEntropy">Accuracy when the cases with the highest total uncertainty are set aside.</param>
/// <param name="Page">The report with these numbers.</param>
internal sealed record TestEvaluation(ClassificationReport Report, RejectionCurve ByTotalEntropy, Report Page)
{

    /// <summary>Evaluates a prediction.</summary>
    public static TestEvaluation Of(Predictive prediction, Tensor target) => new(
        ClassificationReport.Of(prediction.Mean, target),
        RejectionCurve.Of(prediction.TotalEntropy, prediction.Mean, target),
        Reports.Report.Of(prediction, target));

    /// <summary>The counts of true and predicted classes.</summary>
    public ConfusionMatrix Confusion => Report.ConfusionMatrix ?? throw new InvalidOperationException("Two classes have a confusion matrix.");
}
