using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Evaluation;

public sealed class EvaluationMemoryTests : TorchTest
{
    [Fact]
    public void Metrics_leave_no_tensor_behind()
    {
        Tensor probability = rand(8), target = tensor(new[] { 0, 1, 0, 1, 0, 1, 0, 1 }), rows = rand(8, 3).softmax(1);
        Tensor mean = Normal(8), stddev = rand(8).add(0.1), samples = Normal(5, 8), upper = mean + stddev;
        Tensor threeClasses = tensor(new[] { 0, 1, 2, 0, 1, 2, 0, 1 }), labels = rows.gt(0.4), targets = mean.unsqueeze(1);
        using Predictive numbers = Predictive.OfSamples(Normal(5, 8, 1), new GaussianLikelihood(1)), classes = Predictive.OfSamples(Normal(5, 8,
            3), new CategoricalLikelihood());
        Action[] all =
        [
            () => Accuracy.Of(probability, target),
            () => BrierScore.Of(rows, target),
            () => NegativeLogLikelihood.Of(rows, target),
            () => ConfusionMatrix.Of(probability, target),
            () => MulticlassConfusionMatrix.Of(rows, target),
            () => RocAuc.Of(probability, target),
            () => AveragePrecision.Of(probability, target),
            () => FalsePositiveRate.Of(probability, target),
            () => Calibration.OfConfidence(rows, target),
            () => Calibration.OfProbability(probability, target),
            () => RejectionCurve.Of(stddev, rows, target),
            () => TemperatureScaling.Fit(rows, target),
            () => new TemperatureScaling(2).Apply(rows).Dispose(),
            () => ClassificationReport.Of(probability, target),
            () => RootMeanSquaredError.Of(mean, target),
            () => MeanAbsoluteError.Of(mean, target),
            () => NormalNegativeLogLikelihood.Of(mean, stddev, target),
            () => ContinuousRankedProbabilityScore.OfNormal(mean, stddev, target),
            () => ContinuousRankedProbabilityScore.OfSamples(samples, target),
            () => IntervalCoverage.Of(mean, upper, target),
            () => IntervalCoverage.OfNormal(mean, stddev, target),
            () => RegressionReport.Of(mean, stddev, target),
            () => Calibration.OfEachClass(rows, target, bins: 3, Binning.EqualMass),
            () => RocAuc.OneVsRest(rows, threeClasses),
            () => RocAuc.OneVsOne(rows, threeClasses),
            () => MultiLabelReport.Of(rows, labels),
            () => RegressionCalibration.OfNormal(mean, stddev, target),
            () => RegressionCalibration.Of(numbers, targets),
            () => RegressionReport.Of(numbers, targets),
            () => ClassificationReport.Of(classes, target),
        ];
        long before = LiveTensors();
        for (int i = 0; i < all.Length; i++)
        {
            all[i]();
            LiveTensors().Should().Be(before, "metric {0} keeps nothing", i);
        }
    }

    [Fact]
    public void A_refusal_leaves_no_tensor_behind()
    {
        Tensor probability = full(2, 2.0), rows = full(2, 2, 0.7), target = full(2, 5), stddev = zeros(2);
        Action[] all =
        [
            () => Accuracy.Of(probability, target),
            () => Accuracy.Of(rows, target),
            () => RocAuc.Of(probability, target),
            () => new TemperatureScaling(2).Apply(rows),
            () => RegressionReport.Of(probability, stddev, target),
        ];
        long before = LiveTensors();
        foreach (var act in all)
        {
            act.Should().Throw<ArgumentException>();
            LiveTensors().Should().Be(before);
        }
    }
}
