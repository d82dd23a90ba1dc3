using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of estimators that draw fresh noise for each pass. A test class of such an estimator inherits them.</summary>
public abstract class SamplingEstimatorLaws : EstimatorLaws
{
    protected abstract SamplingEstimator Sampling(int samples, NoiseSource? noise, bool antithetic);

    protected sealed override Estimator Estimator(int samples, NoiseSource noise) => Sampling(samples, noise, antithetic: false);

    /// <summary>A fault of another library: softplus = log(1 + exp) overflows, or is 0 with a gradient of NaN.</summary>
    [Theory]
    [InlineData(-80)]
    [InlineData(80)]
    public void Passes_and_gradients_are_finite_at_extreme_variances(double logVariance)
    {
        var map = new LinearMap(4, 3);
        var weight = new MeanFieldNormal(new Parameter(ones(3, 4)), new Parameter(full([3, 4], logVariance, float32)));
        // A row of zeros has zero variance if the variances are summed.
        var output = Estimator(2, TorchNoise.Global).Estimate(map, cat([ones(1, 1, 4), zeros(1, 1, 4)], 1), weight, null);
        ShouldBeFinite(output);
        output.sum().backward();
        ShouldBeFinite(weight.Mean.grad!);
        ShouldBeFinite(weight.LogVariance.grad!);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    public void Antithetic_pairs_cancel_what_is_odd_in_the_noise(int samples)
    {
        var outputs = Run(Sampling(samples, null, antithetic: true));
        ShouldBeClose(outputs.narrow(0, 0, samples / 2).add(outputs.narrow(0, samples / 2, samples / 2)).div(2),
            MeanOutput.expand(samples / 2, 5, 3), 1e-12);
        ShouldDiffer(outputs[0], MeanOutput[0], "each alone is a draw");
        if (samples > 2)
            ShouldDiffer(outputs[0], outputs[1]);
    }

    [Fact]
    public void An_odd_number_of_antithetic_draws_leaves_one_alone()
    {
        var outputs = Run(Sampling(3, null, antithetic: true));
        ShouldBeClose(outputs[0].add(outputs[2]).div(2), MeanOutput[0], 1e-12);
        ShouldDiffer(outputs[1], outputs[0]);
        Run(Sampling(1, null, antithetic: true)).shape.Should().Equal(1, 5, 3);
    }

    [Fact]
    public void Changing_the_number_of_draws_keeps_the_settings()
    {
        using var noise = new TorchNoise(3);
        var estimator = Sampling(4, noise, antithetic: true);
        var other = (SamplingEstimator)estimator.WithSamples(6);
        other.GetType().Should().Be(estimator.GetType());
        other.Samples.Should().Be(6);
        other.Antithetic.Should().BeTrue();
        var outputs = Run(other);
        ShouldBeClose(outputs.narrow(0, 0, 3).add(outputs.narrow(0, 3, 3)).div(2), MeanOutput.expand(3, 5, 3), 1e-12,
            "pairs are of the new number's halves");
        estimator.WithSamples(4).Should().BeSameAs(estimator);
        estimator.Invoking(e => e.WithSamples(0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("samples is 0*");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-4)]
    public void Fewer_than_one_draw_is_refused(int samples)
    {
        var act = () => Sampling(samples, null, antithetic: false);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"samples is {samples}; expected a whole number of at least 1.*");
    }
}
