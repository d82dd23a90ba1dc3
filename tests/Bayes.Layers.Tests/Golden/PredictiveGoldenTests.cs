using Bayes.Layers.Likelihoods;
using Bayes.Layers.Prediction;

namespace Bayes.Layers.Tests.Golden;

/// <summary>Predictive summaries of given draws, compared with NumPy.</summary>
public sealed class PredictiveGoldenTests : TorchTest
{
    [Theory]
    [InlineData(20)]
    [InlineData(7)]
    [InlineData(1)]
    public void Bernoulli_moments_match_with_any_blocks(int block)
    {
        var samples = GoldenData.Tensor("predictive_bernoulli", "samples");
        using var predictive = InBlocks(samples, block, new BernoulliLikelihood(BernoulliOutput.Probabilities));

        predictive.SamplesUsed.Should().Be(20);
        ShouldBeClose(predictive.Mean, GoldenData.Tensor("predictive_bernoulli", "mean"), 1e-14);
        ShouldBeClose(predictive.EpistemicStddev, GoldenData.Tensor("predictive_bernoulli", "std_unbiased"), 1e-14);
        ShouldBeClose(predictive.EpistemicVariance, GoldenData.Tensor("predictive_bernoulli", "epistemic_variance_biased"), 1e-14);
        ShouldBeClose(predictive.AleatoricVariance, GoldenData.Tensor("predictive_bernoulli", "aleatoric_variance"), 1e-14);
        ShouldBeClose(predictive.TotalVariance, predictive.Mean * (1 - predictive.Mean), 1e-14, "the mixture of Bernoullis is one");
        ShouldBeClose(predictive.TotalEntropy, GoldenData.Tensor("predictive_bernoulli", "total_entropy_nats"), 1e-14);
        ShouldBeClose(predictive.ExpectedEntropy, GoldenData.Tensor("predictive_bernoulli", "aleatoric_entropy_nats"), 1e-14);
        ShouldBeClose(predictive.MutualInformation, GoldenData.Tensor("predictive_bernoulli", "mutual_information_nats"), 1e-14);
    }

    [Fact]
    public void Bernoulli_quantiles_match()
    {
        using var predictive = Predictive.OfSamples(
            GoldenData.Tensor("predictive_bernoulli", "samples"), new BernoulliLikelihood(BernoulliOutput.Probabilities));
        var expected = GoldenData.Tensor("predictive_bernoulli", "quantile_05_50_95_linear");
        ShouldBeClose(predictive.QuantilesOfMean([0.05, 0.5, 0.95]), expected, 1e-14);
        var (lower, upper) = predictive.CredibleInterval(0.9);
        ShouldBeClose(lower, expected[0], 1e-14);
        ShouldBeClose(upper, expected[2], 1e-14);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(3)]
    public void Categorical_entropies_match(int block)
    {
        // The likelihood takes logits, and the golden samples are probabilities: their logarithms are logits of them.
        var samples = GoldenData.Tensor("predictive_categorical", "samples");
        using var predictive = InBlocks(samples.log(), block, new CategoricalLikelihood());
        ShouldBeClose(predictive.Mean, GoldenData.Tensor("predictive_categorical", "mean"), 1e-13);
        ShouldBeClose(predictive.TotalEntropy, GoldenData.Tensor("predictive_categorical", "total_entropy_nats"), 1e-13);
        ShouldBeClose(predictive.ExpectedEntropy, GoldenData.Tensor("predictive_categorical", "aleatoric_entropy_nats"), 1e-13);
        ShouldBeClose(predictive.MutualInformation, GoldenData.Tensor("predictive_categorical", "mutual_information_nats"), 1e-13);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(3)]
    public void Gaussian_moments_and_log_density_match(int block)
    {
        Tensor mean = GoldenData.Tensor("predictive_gaussian", "mean_samples"), stddev = GoldenData.Tensor("predictive_gaussian", "stddev_samples");
        var target = GoldenData.Tensor("predictive_gaussian", "target");
        using var predictive = InBlocks(cat([mean, 2 * stddev.log()], -1), block, new HeteroscedasticGaussianLikelihood(), target);
        ShouldBeClose(predictive.Mean, GoldenData.Tensor("predictive_gaussian", "mean"), 1e-14);
        ShouldBeClose(predictive.AleatoricVariance, GoldenData.Tensor("predictive_gaussian", "aleatoric_variance"), 1e-14);
        ShouldBeClose(predictive.EpistemicVariance, GoldenData.Tensor("predictive_gaussian", "epistemic_variance_biased"), 1e-14);
        ShouldBeClose(predictive.TotalVariance, GoldenData.Tensor("predictive_gaussian", "total_variance"), 1e-14);
        ShouldBeClose(predictive.LogPredictiveDensity, GoldenData.Tensor("predictive_gaussian", "mixture_log_prob").reshape(-1), 1e-13);
    }

    [Fact]
    public void Bernoulli_moments_from_logits_are_those_of_their_probabilities()
    {
        var samples = GoldenData.Tensor("predictive_bernoulli", "samples");
        using var moments = new PredictiveMoments(new BernoulliLikelihood(), rows: 9);
        moments.Add(samples.logit(), row: 0);
        moments.Count(20);
        using var predictive = moments.ToPredictive();
        ShouldBeClose(predictive.Mean, GoldenData.Tensor("predictive_bernoulli", "mean"), 1e-14);
        ShouldBeClose(predictive.EpistemicStddev, GoldenData.Tensor("predictive_bernoulli", "std_unbiased"), 1e-14);
    }

    [Fact]
    public void Single_precision_draws_are_summed_in_double()
    {
        const int draws = 4_000;
        var samples = rand(draws, 3, 1, float32).mul(0.2).add(0.7);
        samples[0] = zeros(3, 1);
        using var moments = new PredictiveMoments(new BernoulliLikelihood(BernoulliOutput.Probabilities), rows: 3);
        for (int s = 0; s < draws; s++)
        {
            moments.Add(samples.narrow(0, s, 1), row: 0);
            moments.Count(1);
        }
        using var predictive = moments.ToPredictive();
        var exact = samples.to(float64);
        ShouldBeClose(predictive.Mean, exact.mean([0L]), 1e-7);
        ShouldBeClose(predictive.AleatoricVariance, exact.mul(1 - exact).mean([0L]), 1e-7);
        ShouldBeClose(predictive.EpistemicStddev, exact.std(0L), 1e-7);
    }

    /// <summary>Returns the prediction from outputs in blocks of draws, each in two blocks of rows.</summary>
    private static Predictive InBlocks(Tensor outputs, int block, Likelihood likelihood, Tensor? target = null)
    {
        long rows = outputs.shape[1];
        using var moments = new PredictiveMoments(likelihood, rows, target);
        foreach (var draws in outputs.split(block, 0))
        {
            moments.Add(draws.narrow(1, 0, 2), row: 0);
            moments.Add(draws.narrow(1, 2, rows - 2), row: 2);
            moments.Count((int)draws.shape[0]);
        }
        return moments.ToPredictive();
    }
}
