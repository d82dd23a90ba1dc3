using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Numerics;

public sealed class NormalExpectationTests : TorchTest
{
    private static double Of(Func<Tensor, Tensor> function, double mean, double stddev, double width, double reach = double.PositiveInfinity) =>
        NormalExpectation.Sum(tensor(new[] { mean }), tensor(new[] { 2 * Math.Log(stddev) }), function, width, reach).ToDouble();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.3, 1e-9)]
    [InlineData(-2, 0.1)]
    [InlineData(5, 30)]
    [InlineData(1e6, 1e-3)]
    public void Moments_are_exact(double mean, double stddev)
    {
        Of(w => ones_like(w), mean, stddev, width: 1).Should().BeApproximately(1, 1e-10);
        Of(w => w, mean, stddev, width: 1).Should().BeApproximately(mean, 1e-10 * (Math.Abs(mean) + stddev));
        double second = mean * mean + stddev * stddev;
        Of(w => w * w, mean, stddev, width: 1).Should().BeApproximately(second, 1e-9 * second);
    }

    [Fact]
    public void A_feature_far_narrower_than_the_normal_is_integrated()
    {
        // E[exp(−w²/2h²)] = h / √(h² + sigma²) at mean 0; nodes spread only over the normal would miss it.
        const double h = 1e-5, stddev = 0.4;
        Of(w => w.div(h).square().mul(-0.5).exp(), 0, stddev, width: 9 * h, reach: 9 * h)
            .Should().BeApproximately(h / Math.Sqrt(h * h + stddev * stddev), 1e-12);
    }

    [Fact]
    public void A_normal_outside_the_reach_has_no_part_of_it() =>
        Of(w => ones_like(w), mean: 3, stddev: 0.01, width: 1, reach: 1).Should().Be(0);

    [Fact]
    public void The_expectation_of_many_weights_is_the_sum_over_parts()
    {
        Tensor mean = Normal(40, 1_000), logVariance = Normal(40, 1_000);
        double all = NormalExpectation.Sum(mean, logVariance, w => w.cos(), width: 1).ToDouble();
        double parts = Enumerable.Range(0, 40).Sum(row => NormalExpectation.Sum(mean[row], logVariance[row], w => w.cos(), width: 1).ToDouble());
        all.Should().BeApproximately(parts, 1e-8);
        // E[cos w] = cos(mean) exp(−variance / 2).
        all.Should().BeApproximately((mean.cos() * logVariance.exp().mul(-0.5).exp()).sum().ToDouble(), 1e-4);
    }
}
