using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Posteriors;

/// <summary>Every estimator also obeys its laws with dependent weights.</summary>
public sealed class LowRankReparameterizationTests : SamplingEstimatorLaws
{
    protected override PosteriorFamily Family => new LowRankFamily(rank: 2);

    protected override SamplingEstimator Sampling(int samples, NoiseSource? noise, bool antithetic) =>
        new Reparameterization(samples, noise, antithetic);
}

public sealed class LowRankFlipoutTests : SamplingEstimatorLaws
{
    protected override PosteriorFamily Family => new LowRankFamily(rank: 2);

    protected override SamplingEstimator Sampling(int samples, NoiseSource? noise, bool antithetic) => new Flipout(samples, noise, antithetic);

    [Fact]
    public void Errors_of_rows_are_uncorrelated()
    {
        using var _ = no_grad();
        const int samples = 40_000;
        var weight = new LowRankNormal(zeros(1, 4, float64), full([1, 4], -3, float64), Normal(2, 1, 4));
        var same = Normal(1, 1, 4).expand(1, 2, 4);
        var outputs = new Flipout(samples).Estimate(new LinearMap(4, 1), same, weight, null).squeeze(2);
        double correlation = outputs.select(1, 0).mul(outputs.select(1, 1)).mean().ToDouble() / outputs.square().mean().ToDouble();
        correlation.Should().BeApproximately(0, 5 / Math.Sqrt(samples));
    }
}

public sealed class LowRankLocalReparameterizationTests : SamplingEstimatorLaws
{
    protected override PosteriorFamily Family => new LowRankFamily(rank: 2);

    protected override SamplingEstimator Sampling(int samples, NoiseSource? noise, bool antithetic) =>
        new LocalReparameterization(samples, noise, antithetic);

    /// <summary>The pixels of an image share their weights, and so do their errors.</summary>
    [Fact]
    public void Places_of_a_row_share_their_weights()
    {
        using var _ = no_grad();
        var weight = new LowRankNormal(zeros([1, 1], float64), full([1, 1], -60, float64), ones([1, 1, 1], float64));
        var outputs = new LocalReparameterization(1_000).Estimate(new LinearMap(1, 1), ones(1, 1, 10, 1, dtype: float64), weight, null);
        outputs.std(2).abs().max().ToDouble().Should().BeLessThan(1e-10);
        outputs.std().ToDouble().Should().BeApproximately(1, 0.1);
    }
}

public sealed class LowRankLocalReparameterizationByPlaceTests : SamplingEstimatorLaws
{
    protected override PosteriorFamily Family => new LowRankFamily(rank: 2);

    protected override SamplingEstimator Sampling(int samples, NoiseSource? noise, bool antithetic) =>
        new LocalReparameterization(samples, noise, antithetic, isIndependentByPlace: true);
}

public sealed class LowRankPosteriorDrawsTests : EstimatorLaws
{
    protected override PosteriorFamily Family => new LowRankFamily(rank: 2);

    protected override Estimator Estimator(int samples, NoiseSource noise)
    {
        // The laws pass a noise source; these draws take only a seed.
        var draws = new PosteriorDraws(BitConverter.DoubleToInt64Bits(noise.StandardNormal([1], float64, CPU).ToDouble()), samples);
        draws.Bind(Parameters);
        return draws;
    }
}

public sealed class LowRankPosteriorMeanTests : EstimatorLaws
{
    protected override PosteriorFamily Family => new LowRankFamily(rank: 2);

    protected override bool IsStochastic => false;

    protected override Estimator Estimator(int samples, NoiseSource noise) => PosteriorMean.Instance;
}
