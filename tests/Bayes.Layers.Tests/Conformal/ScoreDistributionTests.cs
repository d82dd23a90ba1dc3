using Bayes.Layers.Conformal;
using Bayes.Layers.Tests.Golden;

namespace Bayes.Layers.Tests.Conformal;

public sealed class ScoreDistributionTests : TorchTest
{
    private static double[] Scores => Values(GoldenData.Tensor("inference", "conformal", "scores"));

    [Theory]
    [InlineData("0.05")]
    [InlineData("0.1")]
    [InlineData("0.2")]
    [InlineData("0.5")]
    public void Quantiles_match(string alpha)
    {
        double level = double.Parse(alpha, System.Globalization.CultureInfo.InvariantCulture);
        new ScoreDistribution(Scores).Quantile(1 - level).Should().Be(GoldenData.Number("inference", "conformal", "quantile", alpha));
    }

    [Fact]
    public void A_quantile_is_infinite_below_the_level_that_the_rows_allow()
    {
        var distribution = new ScoreDistribution(Scores);
        double level = GoldenData.Number("inference", "conformal", "infinite_below_alpha");
        distribution.Quantile(1 - level).Should().Be(Scores.Max());
        distribution.Quantile(1 - level + 1e-9).Should().Be(double.PositiveInfinity);
        new ScoreDistribution([]).Quantile(0.1).Should().Be(double.PositiveInfinity);
    }

    /// <summary>The rank in whole numbers: coverage i / 1000 of n rows is rank ⌈(n + 1) i / 1000⌉.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(19)]
    [InlineData(99)]
    [InlineData(999)]
    [InlineData(1000)]
    public void The_quantile_is_the_smallest_score_of_high_enough_rank(int rows)
    {
        double[] sorted = [.. Enumerable.Range(1, rows).Select(rank => (double)rank)];
        var distribution = new ScoreDistribution(sorted);
        for (int thousandths = 1; thousandths < 1000; thousandths++)
        {
            int rank = ((rows + 1) * thousandths + 999) / 1000;
            double expected = rank > rows ? double.PositiveInfinity : rank;
            distribution.Quantile(thousandths / 1000.0).Should().Be(expected, "coverage {0}/1000", thousandths);
            distribution.Quantile(1 - (1000 - thousandths) / 1000.0).Should().Be(expected, "coverage 1 - {0}/1000", 1000 - thousandths);
        }
    }

    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(0.9, 9)]
    [InlineData(0.95, 19)]
    [InlineData(0.99, 99)]
    [InlineData(0.999, 999)]
    [InlineData(0.91, 11)]
    [InlineData(1e-6, 1)]
    public void As_many_rows_are_needed_as_make_the_quantile_finite(double coverage, long needed)
    {
        ScoreDistribution.RowsNeeded(coverage).Should().Be(needed);
        new ScoreDistribution(new double[needed]).Quantile(coverage).Should().Be(0);
        new ScoreDistribution(new double[needed - 1]).Quantile(coverage).Should().Be(double.PositiveInfinity);
    }

    [Fact]
    public void Equal_weights_change_nothing()
    {
        double[] scores = Scores;
        foreach (double weight in new[] { 1e-12, 0.1, 1, 3.7, 1e9 })
        {
            var weighted = new ScoreDistribution(scores, [.. scores.Select(_ => weight)]);
            for (int hundredths = 1; hundredths < 100; hundredths++)
                weighted.Quantile(hundredths / 100.0, weight).Should().Be(new ScoreDistribution(scores).Quantile(hundredths / 100.0));
        }
    }

    /// <summary>A whole weight counts like as many rows, and the new row's own like as many rows at infinity.</summary>
    [Fact]
    public void A_weight_counts_like_rows()
    {
        double[] scores = [3, 1, 2, 2, 5], weights = [2, 0, 3, 1, 4];
        double[] repeated = [.. scores.Zip(weights).SelectMany(each => Enumerable.Repeat(each.First, (int)each.Second)), double.PositiveInfinity];
        for (int hundredths = 1; hundredths < 100; hundredths++)
            // Two rows at infinity: one is the new row, which the unweighted quantile has anyway.
            new ScoreDistribution(scores, weights).Quantile(hundredths / 100.0, weight: 2)
                .Should().Be(new ScoreDistribution(repeated).Quantile(hundredths / 100.0));
    }

    [Fact]
    public void Weights_of_zero_say_nothing()
    {
        new ScoreDistribution([1, 2], [0, 0]).Quantile(0.5, weight: 0).Should().Be(double.PositiveInfinity);
        new ScoreDistribution([1, 2], [0, 1]).Quantile(0.5, weight: 0).Should().Be(2);
    }

    [Fact]
    public void The_order_of_the_rows_does_not_matter()
    {
        double[] scores = Values(Normal(50).mul(4).round()), weights = Values(rand(50, float64));
        var (first, other) = (new ScoreDistribution(scores, weights), new ScoreDistribution([.. scores.Reverse()], [.. weights.Reverse()]));
        for (int hundredths = 1; hundredths < 100; hundredths++)
            other.Quantile(hundredths / 100.0, 0.3).Should().Be(first.Quantile(hundredths / 100.0, 0.3));
    }
}
