using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Estimators;

public sealed class FlipoutTests : SamplingEstimatorLaws
{
    protected override SamplingEstimator Sampling(int samples, NoiseSource? noise, bool antithetic) => new Flipout(samples, noise, antithetic);

    [Fact]
    public void Signs_are_plus_or_minus_one_equally_often()
    {
        var signs = TorchNoise.Global.Signs([100_000], float64, CPU);
        Values(signs).Should().OnlyContain(sign => Math.Abs(sign) == 1);
        signs.mean().ToDouble().Should().BeApproximately(0, 5 / Math.Sqrt(100_000));
    }

    [Fact]
    public void Signs_differ_by_row_and_channel_and_not_by_place()
    {
        // All steps of the sequence are equal: signs per step would make their outputs differ.
        var weight = new MeanFieldNormal(zeros(3, 4, float64), zeros(3, 4, float64));
        var steps = Normal(1, 5, 1, 4).expand(1, 5, 6, 4);
        var outputs = new Flipout(2).Estimate(new LinearMap(4, 3), steps, weight, null);
        ShouldBeClose(outputs, outputs.narrow(2, 0, 1).expand_as(outputs), 1e-14);
    }

    [Fact]
    public void Only_the_deviation_is_flipped()
    {
        var weight = new MeanFieldNormal(Normal(3, 4), Normal(3, 4));
        var map = new LinearMap(4, 3);
        var input = Normal(1, 5, 4);
        Tensor epsilon = Normal(1, 3, 4), inputSigns = Normal(1, 5, 4), outputSigns = Normal(1, 5, 3);
        var output = new Flipout(1, new GivenNoise(epsilon, inputSigns, outputSigns)).Estimate(map, input, weight, null);
        var deviation = weight.Stddev() * epsilon;
        var expected = map.Apply(input, weight.Mean) + outputSigns.sign() * map.ApplyPerDraw(input * inputSigns.sign(), deviation);
        ShouldBeClose(output, expected, 1e-12);
    }

    [Fact]
    public void Errors_of_rows_are_uncorrelated()
    {
        using var _ = no_grad();
        const int samples = 40_000;
        var weight = new MeanFieldNormal(zeros(1, 4, float64), zeros(1, 4, float64));
        var same = Normal(1, 1, 4).expand(1, 2, 4);
        var outputs = new Flipout(samples).Estimate(new LinearMap(4, 1), same, weight, null).squeeze(2);
        double correlation = outputs.select(1, 0).mul(outputs.select(1, 1)).mean().ToDouble() / outputs.square().mean().ToDouble();
        correlation.Should().BeApproximately(0, 5 / Math.Sqrt(samples));
    }
}
