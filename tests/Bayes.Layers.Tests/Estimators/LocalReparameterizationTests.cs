using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Golden;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Estimators;

public sealed class LocalReparameterizationTests : SamplingEstimatorLaws
{
    protected override SamplingEstimator Sampling(int samples, NoiseSource? noise, bool antithetic) =>
        new LocalReparameterization(samples, noise, antithetic);

    [Fact]
    public void Noise_is_per_output_and_scaled_by_its_standard_deviation()
    {
        var weight = new MeanFieldNormal(GoldenData.Tensor("linear", "weight_mu"), GoldenData.Tensor("linear", "weight_log_var"));
        var bias = new MeanFieldNormal(GoldenData.Tensor("linear", "bias_mu"), GoldenData.Tensor("linear", "bias_log_var"));
        Tensor mean = GoldenData.Tensor("linear", "local_reparameterization", "mean"),
            variance = GoldenData.Tensor("linear", "local_reparameterization", "variance");
        var epsilon = Normal([2, .. mean.shape]);
        var output = new LocalReparameterization(2, new GivenNoise(epsilon)).Estimate(
            new LinearMap(3, 4), GoldenData.Tensor("linear", "input").unsqueeze(0), weight, bias);
        ShouldBeClose(output, mean + variance.sqrt() * epsilon, 1e-12);
    }
}

public sealed class LocalReparameterizationByPlaceTests : SamplingEstimatorLaws
{
    protected override SamplingEstimator Sampling(int samples, NoiseSource? noise, bool antithetic) =>
        new LocalReparameterization(samples, noise, antithetic, isIndependentByPlace: true);

    [Fact]
    public void Every_place_of_a_row_has_its_own_noise()
    {
        using var _ = no_grad();
        var weight = new MeanFieldNormal(zeros([1, 1], float64), zeros([1, 1], float64));
        var outputs = Sampling(20_000, null, antithetic: false).Estimate(new LinearMap(1, 1), ones(1, 1, 10, 1, dtype: float64), weight, null);
        outputs.mean([2L]).var().ToDouble().Should().BeApproximately(0.1, 0.01, "it is the mean of ten independent numbers of variance 1");
        Sampling(4, null, antithetic: true).WithSamples(2).Should().BeOfType<LocalReparameterization>().Which.IsIndependentByPlace.Should().BeTrue();
    }
}
