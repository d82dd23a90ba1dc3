using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Samples.BreastCancer;

namespace Bayes.Layers.Tests.Samples.BreastCancer;

public sealed class TestEvaluationTests : TorchTest
{
    [Fact]
    public void Each_part_of_an_evaluation_is_computed_from_its_own_uncertainty()
    {
        using var prediction = Predictive.OfSamples(Normal(20, 80, 1).mul(linspace(0.1, 6, 80, float64).reshape(1, -1, 1)),
            new BernoulliLikelihood());
        var target = (prediction.Mean + 0.3 * Normal(80, 1) > 0.5).to(float64);
        var evaluation = TestEvaluation.Of(prediction, target);
        evaluation.Report.ToString().Should().Be(ClassificationReport.Of(prediction.Mean, target).ToString());
        evaluation.ByTotalEntropy.Points.Should().Equal(RejectionCurve.Of(prediction.TotalEntropy, prediction.Mean, target).Points);
        evaluation.Page.ToHtml().Should().Be(Bayes.Layers.Reports.Report.Of(prediction, target).ToHtml());
    }
}
