using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Golden;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Estimators;

public sealed class LocalReparameterizationTests : SamplingEstimatorLaws
{
    protected override SamplingEstimator Sampling(int samples, NoiseSource? noise, bool antithetic) => new LocalReparameterization(samples, noise, antithetic);

    [Fact]
    public void Noise_is_per_output_and_scaled_by_its_standard_deviation()
    {
        var weight = new MeanFieldNormal(GoldenData.Tensor("linear", "weight_mu"), GoldenData.Tensor("linear", "weight_log_var"));
        var bias = new MeanFieldNormal(GoldenData.Tensor("linear", "bias_mu"), GoldenData.Tensor("linear", "bias_log_var"));
        Tensor mean = GoldenData.Tensor("linear", "local_reparameterization", "mean"), variance = GoldenData.Tensor("linear", "local_reparameterization", "variance");
        var epsilon = Normal([2, .. mean.shape]);
        var output = new LocalReparameterization(2, new GivenNoise(epsilon)).Estimate(
            new LinearMap(3, 4), GoldenData.Tensor("linear", "input").unsqueeze(0), weight, bias);
        ShouldBeClose(output, mean + variance.sqrt() * epsilon, 1e-12);
    }
}
