using Bayes.Layers.Reports.Figures;

namespace Bayes.Layers.Tests.Reports.Figures;

public sealed class WilsonIntervalTests
{
    // The ends solve |share - p| = z sqrt(p (1 - p) / n).
    [Theory]
    [InlineData(0.5, 10)]
    [InlineData(0.9, 20)]
    [InlineData(0.25, 4)]
    [InlineData(0.02, 500)]
    public void The_distance_of_each_end_from_the_share_is_its_standard_error_times_the_quantile(double share, long count)
    {
        var interval = WilsonInterval.Of(share, count);
        foreach (double end in new[] { interval.Low, interval.High })
            (Math.Abs(share - end) / Math.Sqrt(end * (1 - end) / count)).Should().BeApproximately(1.6448536, 1e-6);
        interval.Low.Should().BeLessThan(share);
        interval.High.Should().BeGreaterThan(share);
    }

    [Fact]
    public void One_example_gives_a_wide_interval_whose_ends_are_shares()
    {
        var one = WilsonInterval.Of(1, 1);
        one.Low.Should().BeApproximately(1 / (1 + 1.6448536 * 1.6448536), 1e-6);
        one.High.Should().BeApproximately(1, 1e-12).And.BeLessThanOrEqualTo(1);
        WilsonInterval.Of(0, 7).Low.Should().BeApproximately(0, 1e-12).And.BeGreaterThanOrEqualTo(0);
    }
}
