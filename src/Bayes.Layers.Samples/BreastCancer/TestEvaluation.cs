using Bayes.Layers.Evaluation;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>How well the test half is predicted, and how well the uncertainty predicts errors.</summary>
/// <param name="Report">The metrics.</param>
/// <param name="Reliability">The frequency of benign cases against their predicted probability.</param>
/// <param name="ByTotalEntropy">Accuracy when the cases with the highest total uncertainty are set aside.</param>
/// <param name="ByMutualInformation">Accuracy when the cases with the highest epistemic uncertainty are set aside.</param>
internal sealed record TestEvaluation(
    ClassificationReport Report, Calibration Reliability, RejectionCurve ByTotalEntropy, RejectionCurve ByMutualInformation)
{
    private const int Bins = 10;

    /// <summary>Evaluates a prediction.</summary>
    public static TestEvaluation Of(Predictive prediction, Tensor target) => new(
        ClassificationReport.Of(prediction.Mean, target, Bins),
        Calibration.OfProbability(prediction.Mean, target, Bins),
        RejectionCurve.Of(prediction.TotalEntropy, prediction.Mean, target),
        RejectionCurve.Of(prediction.MutualInformation, prediction.Mean, target));

    /// <summary>The counts of true and predicted classes.</summary>
    public ConfusionMatrix Confusion => Report.ConfusionMatrix ?? throw new InvalidOperationException("Two classes have a confusion matrix.");
}
