using Bayes.Layers.Estimators;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Golden;

/// <summary>One layer with given noise, compared with PyTorch.</summary>
public sealed class LinearGoldenTests : TorchTest
{
    private const double Tolerance = 1e-12;

    private static BayesianLinear Layer() => new(3, 4, dtype: float64)
    {
        weight_mu = Given("weight_mu"),
        weight_log_var = Given("weight_log_var"),
        bias_mu = Given("bias_mu"),
        bias_log_var = Given("bias_log_var"),
    };

    private static Parameter Given(string key) => new(GoldenData.Tensor("linear", key));

    private static Tensor Output(BayesianLinear layer)
    {
        var noise = new GivenNoise(GoldenData.Tensor("linear", "weight_eps"), GoldenData.Tensor("linear", "bias_eps"));
        return layer.Sample(GoldenData.Tensor("linear", "input"), new Reparameterization(1, noise)).squeeze(0);
    }

    [Fact]
    public void Output_matches()
    {
        using var layer = Layer();
        ShouldBeClose(Output(layer), GoldenData.Tensor("linear", "output"), Tolerance);
    }

    [Fact]
    public void Kl_divergence_to_the_standard_normal_matches()
    {
        using var layer = Layer();
        layer.KlDivergence().ToDouble().Should().BeApproximately(GoldenData.Number("linear", "kl_standard_normal"), Tolerance * 10);
    }

    [Fact]
    public void Kl_divergence_to_another_normal_matches()
    {
        var prior = new NormalPrior(
            GoldenData.Number("linear", "weight_kl_normal_prior", "mean"), GoldenData.Number("linear", "weight_kl_normal_prior", "stddev"));
        var posterior = new MeanFieldNormal(GoldenData.Tensor("linear", "weight_mu"), GoldenData.Tensor("linear", "weight_log_var"));
        prior.KlDivergence(posterior).ToDouble().Should()
            .BeApproximately(GoldenData.Number("linear", "weight_kl_normal_prior", "kl"), Tolerance * 10);
    }

    [Fact]
    public void Loss_and_all_gradients_match()
    {
        using var layer = Layer();
        var squaredError = functional.mse_loss(Output(layer), GoldenData.Tensor("linear", "target"));
        var loss = squaredError + 0.7 / 100 * layer.KlDivergence();
        loss.ToDouble().Should().BeApproximately(GoldenData.Number("linear", "loss_mse_plus_beta07_kl_over_100"), Tolerance);

        loss.backward();
        foreach (var (name, parameter) in layer.named_parameters())
            ShouldBeClose(parameter.grad!, GoldenData.Tensor("linear", "grads", name), Tolerance, name);
    }

    [Fact]
    public void Moments_of_many_draws_match_the_exact_ones()
    {
        using var layer = Layer();
        using var _ = no_grad();
        const int samples = 20_000;
        var outputs = layer.Sample(GoldenData.Tensor("linear", "input"), samples);
        var variance = GoldenData.Tensor("linear", "local_reparameterization", "variance");
        // Five standard errors of the mean and of the variance of a normal distribution.
        var errorOfMean = outputs.mean([0L]).sub(GoldenData.Tensor("linear", "local_reparameterization", "mean")).abs();
        Values(errorOfMean.div(variance.sqrt())).Max().Should().BeLessThan(5 / Math.Sqrt(samples));
        Values(outputs.var(0L).div(variance).sub(1).abs()).Max().Should().BeLessThan(5 * Math.Sqrt(2.0 / samples));
    }
}
