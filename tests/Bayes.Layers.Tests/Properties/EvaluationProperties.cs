using Bayes.Layers.Evaluation;
using CsCheck;

namespace Bayes.Layers.Tests.Properties;

/// <summary>A metric of any tensors is a number, or is refused with what was expected.</summary>
public sealed class EvaluationProperties : TorchTest
{
    private static readonly Gen<TensorCase> Probabilities = TensorCase.Near([4], [4, 1], [4, 3]), Reals = TensorCase.Near([4], [4, 1], [2, 3]);

    [Fact]
    public void Metrics_of_any_classification_are_computed_or_refused() => Cases.All(
        40, 1_500, Gen.Select(Probabilities, TensorCase.Near([4], [4, 1]), TensorCase.Near([4], [4, 1]), Settings.Count, Settings.Number), each =>
        {
            var (probabilityCase, targetCase, uncertaintyCase, bins, number) = each;
            using Tensor probability = probabilityCase.Make(), target = targetCase.Make(), uncertainty = uncertaintyCase.Make();
            // NaN anywhere is refused: no result may be NaN.
            KeepNumbers(
                () => Accuracy.Of(probability, target),
                () => BrierScore.Of(probability, target),
                () => NegativeLogLikelihood.Of(probability, target),
                () => RocAuc.Of(probability, target),
                () => AveragePrecision.Of(probability, target),
                () => RejectionCurve.Of(uncertainty, probability, target).AreaUnderCurve,
                () => RejectionCurve.Of(uncertainty, probability, target).AccuracyAt(number),
                () => ConfusionMatrix.Of(probability, target, number).Accuracy,
                () => MulticlassConfusionMatrix.Of(probability, target) is var matrix ? matrix.Accuracy + matrix.MacroF1 + matrix.MacroPrecision
                + matrix.MacroRecall + (matrix.F1(bins) ?? 0) : 0,
                () => TemperatureScaling.Fit(probability, target).Temperature);
            // An enormous number of bins takes as much memory.
            if (bins != int.MaxValue)
                KeepNumbers(
                    () => Calibration.OfConfidence(probability, target, bins).ExpectedError,
                    () => Calibration.OfProbability(probability, target, bins).MaximumError,
                    () => ClassificationReport.Of(probability, target, bins) is var report && report.ToString().Length > 0
                    ? report.Accuracy + report.Calibration.ExpectedError : 0);
            Calls.Keep(() => [new TemperatureScaling(number).Apply(probability)], mayBeNaN: false);
        });

    [Fact]
    public void Metrics_of_any_regression_are_computed_or_refused() => Cases.All(
        41, 1_500, Gen.Select(Reals, Reals, Reals, TensorCase.Near([5, 4], [5, 4, 1], [1, 2, 3]), Settings.Number), each =>
        {
            var (meanCase, stddevCase, targetCase, samplesCase, mass) = each;
            using Tensor mean = meanCase.Make(), stddev = stddevCase.Make(), target = targetCase.Make(), samples = samplesCase.Make();
            KeepNumbers(
                () => RootMeanSquaredError.Of(mean, target),
                () => MeanAbsoluteError.Of(mean, target),
                () => NormalNegativeLogLikelihood.Of(mean, stddev, target),
                () => ContinuousRankedProbabilityScore.OfNormal(mean, stddev, target),
                () => ContinuousRankedProbabilityScore.OfSamples(samples, target),
                () => IntervalCoverage.Of(mean, stddev, target) is var coverage ? coverage.MeanWidth + coverage.Share : 0,
                () => IntervalCoverage.OfNormal(mean, stddev, target, mass).MeanWidth,
                () => RegressionReport.Of(mean, stddev, target, mass) is var report && report.ToString().Length > 0
                ? report.ContinuousRankedProbabilityScore + report.NegativeLogLikelihood : 0);
        });

    private static void KeepNumbers(params Func<double>[] metrics)
    {
        foreach (var metric in metrics)
            Calls.KeepNumber(metric, mayBeNaN: false);
    }
}
