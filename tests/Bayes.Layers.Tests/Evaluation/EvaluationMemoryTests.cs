using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Evaluation;

public sealed class EvaluationMemoryTests : TorchTest
{
    [Fact]
    public void Metrics_leave_no_tensor_behind()
    {
        Tensor probability = rand(8), target = tensor(new[] { 0, 1, 0, 1, 0, 1, 0, 1 }), rows = rand(8, 3).softmax(1);
        Tensor mean = Normal(8), stddev = rand(8).add(0.1), samples = Normal(5, 8), upper = mean + stddev;
        Action[] all =
        [
            () => Accuracy.Of(probability, target),
            () => BrierScore.Of(rows, target),
            () => NegativeLogLikelihood.Of(rows, target),
            () => ConfusionMatrix.Of(probability, target),
            () => MulticlassConfusionMatrix.Of(rows, target),
            () => RocAuc.Of(probability, target),
            () => AveragePrecision.Of(probability, target),
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
