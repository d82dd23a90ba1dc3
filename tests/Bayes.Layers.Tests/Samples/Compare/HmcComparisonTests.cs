using Bayes.Layers.Likelihoods;
using Bayes.Layers.Samples.Compare;
using Bayes.Layers.Samples.Compare.Methods;

namespace Bayes.Layers.Tests.Samples.Compare;

/// <summary>Agreement and total variation of predictions that are known.</summary>
public sealed class HmcComparisonTests : TorchTest
{
    [Fact]
    public void Two_classes_are_compared_by_their_probabilities()
    {
        using var scope = NewDisposeScope();
        var metrics = Judge(Bernoulli(0.9, 0.4, 0.2), Bernoulli(0.8, 0.6, 0.2), hasClasses: true);
        metrics.AgreementWithHmc.Should().BeApproximately(2.0 / 3, 1e-12);
        metrics.TotalVariationFromHmc.Should().BeApproximately((0.1 + 0.2 + 0) / 3, 1e-6);
    }

    [Fact]
    public void Several_classes_are_compared_by_their_probabilities()
    {
        using var scope = NewDisposeScope();
        var metrics = Judge(Categorical([0.7, 0.2, 0.1], [0.2, 0.3, 0.5]), Categorical([0.5, 0.2, 0.3], [0.2, 0.5, 0.3]), hasClasses: true);
        metrics.AgreementWithHmc.Should().BeApproximately(0.5, 1e-12);
        metrics.TotalVariationFromHmc.Should().BeApproximately(0.2, 1e-6);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0.3829249225480262)]
    [InlineData(20, 1)]
    public void Densities_are_compared_by_their_integral(double distance, double expected)
    {
        // Of N(0, 1) and N(distance, 1), it is 2 Φ(distance / 2) − 1.
        using var scope = NewDisposeScope();
        var likelihood = new GaussianLikelihood(1);
        Predictive own = Predictive.OfSamples(zeros(1, 2, 1, dtype: float64), likelihood);
        Predictive judge = Predictive.OfSamples(full([1, 2, 1], distance, dtype: float64), likelihood);
        var metrics = Judge(own, judge, hasClasses: false);
        metrics.TotalVariationFromHmc.Should().BeApproximately(expected, 1e-4);
        metrics.AgreementWithHmc.Should().BeNull();
    }

    private static MethodMetrics Judge(Predictive own, Predictive judge, bool hasClasses)
    {
        MethodResult judged = Result(own), judging = Result(judge);
        var metrics = HmcComparison.Judge([judged, judging], judging, hasClasses);
        metrics[1].Should().BeSameAs(judging.Metrics, "the judge does not judge itself");
        return metrics[0];
    }

    private static MethodResult Result(Predictive prediction) => new(
        ComparisonMethods.All[0], null!, prediction,
        new MethodMetrics { Name = "plain", LogDensity = 0, TrainSeconds = 1, PredictSecondsPer1000 = 1, ModelBytes = 1 });

    private static Predictive Bernoulli(params double[] probabilities) =>
        Predictive.OfSamples(tensor(probabilities).logit().reshape(1, -1, 1), new BernoulliLikelihood());

    private static Predictive Categorical(params double[][] rows) =>
        Predictive.OfSamples(stack([.. rows.Select(row => tensor(row))], 0).log().unsqueeze(0), new CategoricalLikelihood());
}
