using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The conversions in docs/migration.md, and our losses compared with those of other libraries.</summary>
public sealed class MigrationTests : TorchTest
{
    private static readonly Func<Tensor, Tensor> LogVariance = Function("LogVariance"), Rho = Function("Rho");

    private static Func<Tensor, Tensor> Function(string name)
    {
        string expression = $"(Func<Tensor, Tensor>){name}";
        Func<Tensor, Tensor>? function = null;
        DocumentedExamples.ProgramsOf("docs/migration.md")[0].Run([expression], found => function = found.Get<Func<Tensor, Tensor>>(expression))
            .Trim().Should().Be("True");
        return function!;
    }

    [Fact]
    public void Weights_of_another_library_become_the_same_distribution()
    {
        Tensor mu = Normal(2, 3), rho = Normal(2, 3) * 3 - 3;
        using var layer = new BayesianLinear(3, 2, dtype: float64);
        using (no_grad())
        {
            layer.weight_mu.copy_(mu);
            layer.weight_log_var.copy_(LogVariance(rho));
        }
        ShouldBeClose(layer.WeightPosterior.Mean, mu, 0);
        ShouldBeClose(layer.WeightPosterior.Stddev(), rho.exp().log1p(), 1e-12);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.Float64, 1e-9)]
    public void Rho_and_log_variance_convert_both_ways_for_any_sigma(ScalarType dtype, double tolerance)
    {
        var rho = tensor(new[] { -200, -60, -20.5, -19.5, -6, -3, 0, 1, 5, 19.5, 60.0 }).to(dtype);
        ShouldBeFinite(LogVariance(rho));
        ShouldBeClose(Rho(LogVariance(rho)), rho, tolerance * 10);
        var middle = rho.narrow(0, 2, 8).to(float64);
        ShouldBeClose((LogVariance(middle) / 2).exp(), middle.exp().log1p(), 1e-9);
    }

    [Theory]
    [InlineData(-3, 0.0486)]
    [InlineData(-6, 0.00248)]
    [InlineData(-7, 0.00091)]
    public void Initial_values_of_other_libraries_match_the_guide(double rho, double sigma) => Math.Log(1 + Math.Exp(rho))
        .Should().BeApproximately(sigma, 5e-5);

    [Fact]
    public void An_initializer_reproduces_the_initial_values_of_another_library()
    {
        var start = new NormalInitializer(meanStddev: 0.1, logVarianceMean: 2 * Math.Log(Math.Log(1 + Math.Exp(-3))));
        using var layer = new BayesianLinear(200, 200, prior: new NormalPrior(stddev: 1), initializer: start);
        layer.WeightPosterior.Stddev().mean().ToDouble().Should().BeApproximately(0.0486, 0.0005);
        layer.weight_mu.std().ToDouble().Should().BeApproximately(0.1, 0.002);
    }

    [Fact]
    public void Beta_reproduces_the_losses_of_other_libraries()
    {
        Tensor inputs = randn(20, 3), targets = inputs.sum(1L, keepdim: true).gt(0).to(float32);
        using var model = new BayesianSequential(new BayesianLinear(3, 4, prior: new NormalPrior(stddev: 0.5)), nn.Tanh(),
            new BayesianLinear(4, 1, prior: new NormalPrior(stddev: 0.5)));
        long weights = model.parameters().Sum(parameter => parameter.numel()) / 2;
        const double weight = 0.01;
        var output = model.Sample(inputs, samples: 1);
        var kl = model.KlDivergence();
        var criterion = nn.functional.binary_cross_entropy_with_logits(output.squeeze(0), targets);

        // blitz and TFP: criterion + weight · sum; torchbnn: criterion + weight · mean over all weights.
        using var sum = new ElboLoss(new BernoulliLikelihood(), datasetSize: 20, beta: 20 * weight);
        using var mean = new ElboLoss(new BernoulliLikelihood(), datasetSize: 20, beta: 20 * weight / weights);
        ShouldBeClose(sum.forward(output, targets, kl), criterion + weight * kl, 1e-6);
        ShouldBeClose(mean.forward(output, targets, kl), criterion + weight * kl / weights, 1e-6);

        // Pyro and TyXe: the negative ELBO of all data.
        using var own = new ElboLoss(new BernoulliLikelihood(), datasetSize: 20);
        ShouldBeClose(20 * own.forward(output, targets, kl), 20 * criterion + kl, 1e-5);
    }

    [Fact]
    public void A_mean_squared_error_is_a_Gaussian_with_known_noise()
    {
        Tensor output = Normal(1, 30, 1), target = Normal(30, 1);
        var likelihood = new GaussianLikelihood(stddev: Math.Sqrt(0.5));
        var squares = nn.functional.mse_loss(output.squeeze(0), target);
        ShouldBeClose(-likelihood.LogProbability(output, target).mean(), squares + 0.5 * Math.Log(Math.PI), 1e-12);
    }

    /// <summary>A fault of another library: adding up the means per tensor weights a bias of one number like a matrix.</summary>
    [Fact]
    public void A_sum_of_means_per_tensor_is_not_a_multiple_of_the_sum()
    {
        using var layer = new BayesianLinear(50, 1, dtype: float64);
        double sum = layer.KlDivergence().ToDouble(), bias = layer.BiasPrior!.KlDivergence(layer.BiasPosterior!).ToDouble();
        double means = (sum - bias) / 50 + bias;
        (bias / sum).Should().BeLessThan(0.05);
        (bias / means).Should().BeGreaterThan(0.3);
    }
}
