using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Tests.Posteriors;

public sealed class FanInInitializerTests : TorchTest
{
    [Theory]
    [InlineData(10)]
    [InlineData(2000)]
    public void Outputs_have_one_size_at_every_width(long width)
    {
        var (mean, logVariance) = new FanInInitializer(gain: 1, stddevRatio: 0.2).Initialize([400, width], width, TorchNoise.Global, float64);
        mean.square().sum(1).mean().ToDouble().Should().BeApproximately(1, 0.15);
        logVariance.exp().sum(1).mean().ToDouble().Should().BeApproximately(0.04, 1e-6, "noise is a variance of 0.2² of the signal's");
    }

    [Fact]
    public void A_bias_starts_at_zero()
    {
        var (mean, logVariance) = new FanInInitializer().Initialize([7], 50, TorchNoise.Global, float64);
        ShouldBeClose(mean, zeros(7, float64), 0);
        ShouldBeClose(logVariance, full(7, Math.Log(2 * 0.01 / 50), float64), 1e-12);
    }

    [Theory]
    [InlineData(0, 0.1, "gain")]
    [InlineData(1, -0.1, "stddevRatio")]
    [InlineData(1, double.NaN, "stddevRatio")]
    public void Values_outside_their_range_are_refused(double gain, double ratio, string name)
    {
        var act = () => new FanInInitializer(gain, ratio);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"{name} is*expected a finite number above 0*");
    }
}
