using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Golden;

/// <summary>Predictive summaries of given draws, against NumPy.</summary>
public sealed class PredictiveGoldenTests : TorchTest
{
    [Theory]
    [InlineData(20)]
    [InlineData(7)]
    [InlineData(1)]
    public void Bernoulli_moments_match_whatever_the_blocks(int block)
    {
        var samples = GoldenData.Tensor("predictive_bernoulli", "samples");
        using var moments = new PredictiveMoments(new BernoulliLikelihood(BernoulliOutput.Probabilities), rows: 9);
        foreach (var draws in samples.split(block, 0))
        {
            moments.Add(draws.narrow(1, 0, 4), row: 0);
            moments.Add(draws.narrow(1, 4, 5), row: 4);
            moments.Count((int)draws.shape[0]);
        }
        using var predictive = moments.ToPredictive();

        predictive.SamplesUsed.Should().Be(20);
        ShouldBeClose(predictive.Mean, GoldenData.Tensor("predictive_bernoulli", "mean"), 1e-14);
        ShouldBeClose(predictive.EpistemicStddev, GoldenData.Tensor("predictive_bernoulli", "std_unbiased"), 1e-14);
        ShouldBeClose(predictive.EpistemicVariance, GoldenData.Tensor("predictive_bernoulli", "epistemic_variance_biased"), 1e-14);
        ShouldBeClose(predictive.AleatoricVariance, GoldenData.Tensor("predictive_bernoulli", "aleatoric_variance"), 1e-14);
        ShouldBeClose(predictive.TotalVariance, predictive.Mean * (1 - predictive.Mean), 1e-14, "the mixture of Bernoullis is one");
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
    public void Single_precision_draws_are_added_up_in_double()
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
}
