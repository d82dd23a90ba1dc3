using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Golden;

/// <summary>The Bernoulli likelihood, compared with PyTorch.</summary>
public sealed class BernoulliGoldenTests : TorchTest
{
    [Theory]
    [InlineData(BernoulliOutput.Logits)]
    [InlineData(BernoulliOutput.Probabilities)]
    public void Negative_log_likelihood_matches(BernoulliOutput kind)
    {
        var logits = GoldenData.Tensor("likelihood", "bernoulli", "logits");
        var target = GoldenData.Tensor("likelihood", "bernoulli", "target");
        var output = kind == BernoulliOutput.Logits ? logits : logits.sigmoid();
        double mean = -new BernoulliLikelihood(kind).LogProbability(output, target).mean().ToDouble();
        mean.Should().BeApproximately(GoldenData.Number("likelihood", "bernoulli", "nll"), 1e-14);
    }
}
