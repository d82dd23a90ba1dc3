using Bayes.Layers.Sampling;
using Bayes.Layers.Tests.Golden;

namespace Bayes.Layers.Tests.Sampling;

/// <summary>R-hat and effective sample size of chains whose answer is known.</summary>
public sealed class ChainStatisticsTests : TorchTest
{
    [Fact]
    public void Split_r_hat_is_that_of_the_golden_file() =>
        ChainStatistics.SplitRHat(GoldenData.Tensor("inference", "hmc", "chains")).Should()
            .BeApproximately(GoldenData.Number("inference", "hmc", "split_r_hat"), 1e-8);

    /// <summary>An autoregressive chain with coefficient a has (1 − a) / (1 + a) of its draws' worth.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(-0.5)]
    public void The_size_is_that_of_an_autoregressive_chain(double coefficient)
    {
        const int chains = 4, draws = 4000;
        double[,] values = new double[chains, draws];
        double[] noise = Values(Normal(chains * draws));
        for (int chain = 0; chain < chains; chain++)
            for (int i = 0; i < draws; i++)
                values[chain, i] = (i == 0 ? 0 : coefficient * values[chain, i - 1]) + noise[chain * draws + i];
        double expected = chains * draws * (1 - coefficient) / (1 + coefficient);
        var all = tensor(values);
        ChainStatistics.EffectiveSampleSize(all).Should().BeApproximately(expected, 0.15 * expected);
        ChainStatistics.SplitRHat(all).Should().BeInRange(0.999, 1.01);
        ChainStatistics.SplitRHat(all, isRankNormalized: true).Should().BeInRange(0.999, 1.01);
    }

    [Fact]
    public void Chains_that_differ_and_chains_that_drift_have_a_large_r_hat()
    {
        var draws = Normal(4, 500);
        ChainStatistics.SplitRHat(draws.add(arange(4, float64).unsqueeze(1))).Should().BeGreaterThan(1.4);
        ChainStatistics.SplitRHat(draws.add(linspace(0, 6, 500, float64))).Should().BeGreaterThan(1.4);
        ChainStatistics.EffectiveSampleSize(draws.add(arange(4, float64).mul(5).unsqueeze(1))).Should().BeLessThan(20);
    }

    /// <summary>Ranks do not see a monotone function, and heavy tails hide a difference from plain R-hat.</summary>
    [Fact]
    public void Ranks_see_through_heavy_tails()
    {
        var draws = Normal(4, 500).add(arange(4, float64).unsqueeze(1));
        ChainStatistics.SplitRHat(draws.exp(), isRankNormalized: true).Should()
            .BeApproximately(ChainStatistics.SplitRHat(draws, isRankNormalized: true), 1e-12);
        var heavy = draws.mul(4).exp();
        ChainStatistics.SplitRHat(heavy).Should().BeLessThan(1.1);
        ChainStatistics.SplitRHat(heavy, isRankNormalized: true).Should().BeGreaterThan(1.4);
    }

    [Fact]
    public void Draws_that_do_not_change_are_told_from_those_that_differ()
    {
        ChainStatistics.SplitRHat(ones(2, 10)).Should().Be(1);
        ChainStatistics.EffectiveSampleSize(ones(2, 10)).Should().Be(20);
        ChainStatistics.SplitRHat(arange(2, float64).unsqueeze(1).expand(2, 10)).Should().Be(double.PositiveInfinity);
        ChainStatistics.SplitRHat(full([2, 10], double.NaN)).Should().Be(double.NaN);
        ChainStatistics.SplitRHat(full([2, 10], double.NaN), isRankNormalized: true).Should().Be(double.NaN);
        ChainStatistics.EffectiveSampleSize(full([2, 10], double.NaN)).Should().Be(double.NaN);
    }

    [Fact]
    public void Other_shapes_are_refused() => FluentActions.Invoking(() => ChainStatistics.SplitRHat(zeros(3, 2))).Should()
        .Throw<ArgumentException>().WithMessage("The draws have shape [3, 2]; expected [chains, draws] with at least 4 draws of each chain.*");

    [Fact]
    public void Kept_draws_are_thinned_to_a_bound_by_their_number_alone()
    {
        for (int count = 1; count < 100; count++)
        {
            var kept = new KeptDraws<int>(thinning: 3, most: 5);
            for (int i = 1; i <= count; i++)
                kept.Add(() => i);
            kept.Kept.Should().HaveCountLessThanOrEqualTo(5).And.Equal(
                Enumerable.Range(1, count).Where(i => i % kept.Thinning == 0), $"of {count}");
            kept.Kept.Count.Should().BeGreaterThanOrEqualTo(Math.Min(2, count / 3));
        }
        var one = new KeptDraws<int>(1, most: 1);
        for (int i = 1; i <= 9; i++)
            one.Add(() => i);
        one.Kept.Should().Equal(8);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(1000)]
    public void The_first_draws_are_spread_over_all(int count)
    {
        var order = SampledPosterior.Spread(count);
        order.Order().Should().Equal(Enumerable.Range(0, count));
        if (count == 1000)
            order.Take(8).Should().BeEquivalentTo([0, 512, 256, 768, 128, 640, 384, 896]);
    }
}
