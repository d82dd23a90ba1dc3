using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Golden;

/// <summary>The likelihoods except Bernoulli, compared with PyTorch.</summary>
public sealed class LikelihoodGoldenTests : TorchTest
{
    [Fact]
    public void Gaussian_matches()
    {
        double stddev = GoldenData.Number("likelihood", "gaussian_fixed", "stddev");
        foreach (var likelihood in new[]
        {
            new GaussianLikelihood(stddev), new GaussianLikelihood([stddev, stddev]),
            GaussianLikelihood.Learned(stddev, dtype: float64), GaussianLikelihood.Learned(stddev, outputs: 2, dtype: float64),
        })
        {
            ShouldBe(
                likelihood, GoldenData.Tensor("likelihood", "gaussian_fixed", "mean"), GoldenData.Tensor("likelihood", "gaussian_fixed", "target"),
                GoldenData.Number("likelihood", "gaussian_fixed", "nll_sum_over_outputs_mean_over_batch"));
        }
    }

    [Fact]
    public void Heteroscedastic_gaussian_matches() => ShouldBe(
        new HeteroscedasticGaussianLikelihood(),
        cat([GoldenData.Tensor("likelihood", "gaussian_heteroscedastic", "mean"),
            GoldenData.Tensor("likelihood", "gaussian_heteroscedastic", "log_var")], -1),
        GoldenData.Tensor("likelihood", "gaussian_heteroscedastic", "target"),
        GoldenData.Number("likelihood", "gaussian_heteroscedastic", "nll_sum_over_outputs_mean_over_batch"));

    [Fact]
    public void Categorical_matches() => ShouldBe(
        new CategoricalLikelihood(), GoldenData.Tensor("likelihood", "categorical", "logits"),
        GoldenData.Tensor("likelihood", "categorical", "target").to(int64), GoldenData.Number("likelihood", "categorical", "nll"));

    private static void ShouldBe(Likelihood likelihood, Tensor output, Tensor target, double negativeLogLikelihood) =>
        new ElboLoss(likelihood, datasetSize: 10).forward(output, target, zeros([], float64)).ToDouble()
            .Should().BeApproximately(negativeLogLikelihood, 1e-13);
}
