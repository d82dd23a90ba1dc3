using Bayes.Layers.Priors;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The examples of the guides to GPUs, reproducibility and migration are the code below, and what these guides say holds.</summary>
public sealed class ShortGuidesTests : TorchTest
{
    [Theory]
    [InlineData("gpu.md")]
    [InlineData("reproducibility.md")]
    [InlineData("migration.md")]
    public void The_guide_s_example_stands_here_line_by_line(string guide) => DocumentedExamples.ShouldStandIn(guide, 1, "ShortGuidesTests.cs");

    [Fact]
    public void A_device_is_an_argument()
    {
        Device device = cuda.is_available() ? CUDA : CPU;
        var model = new BayesianSequential(new BayesianLinear(3, 8, device: device), nn.Tanh(), new BayesianLinear(8, 1, device: device));
        var loss = ElboLoss.Gaussian(datasetSize: 50).to(device);
        model.parameters().Concat(loss.parameters()).Should().OnlyContain(parameter => parameter.device_type == device.type);
    }

    [Fact]
    public void The_same_seed_trains_and_predicts_to_the_same_bits()
    {
        Tensor inputs = randn(40, 3), targets = inputs.sum(1L, keepdim: true).gt(0).to(float32);
        double[] first = Run(inputs, targets);
        Run(inputs, targets).Should().Equal(first);
        randn(1);
        Run(inputs, targets).Should().Equal(first, "the seed settles it, whatever was drawn before");
    }

    private static double[] Run(Tensor inputs, Tensor targets)
    {
        manual_seed(7);                                               // the weights' start, the noise of training, and torch's shuffling
        var model = new BayesianSequential(new BayesianLinear(3, 8), nn.Tanh(), new BayesianLinear(8, 1));
        var loss = ElboLoss.Bernoulli(datasetSize: 40);
        var options = new VariationalTrainerOptions { Epochs = 5, ShuffleSeed = 7 };
        new VariationalTrainer(model, loss, options).Fit(inputs, targets);
        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, samples: 50, seed: 7).Predict(inputs);
        return Values(prediction.Mean);
    }

    [Fact]
    public void Weights_of_another_library_become_the_same_distribution()
    {
        Tensor mu = Normal(2, 3), rho = Normal(2, 3) * 3 - 3;
        using var layer = new BayesianLinear(3, 2, dtype: float64);
        using (no_grad())
        {
            layer.weight_mu.copy_(mu);
            layer.weight_log_var.copy_(2 * nn.functional.softplus(rho).log());
        }
        ShouldBeClose(layer.WeightPosterior.Mean, mu, 0);
        ShouldBeClose(layer.WeightPosterior.Stddev(), rho.exp().log1p(), 1e-12);
    }

    [Theory]
    [InlineData(-3, 0.049)]
    [InlineData(-6, 0.0025)]
    public void The_starts_of_others_are_as_the_guide_has_them(double rho, double sigma) => Math.Log(1 + Math.Exp(rho)).Should().BeApproximately(sigma, 0.0005);

    [Fact]
    public void Beta_makes_ours_the_loss_that_others_add_up()
    {
        Tensor inputs = randn(20, 3), targets = inputs.sum(1L, keepdim: true).gt(0).to(float32);
        using var model = new BayesianLinear(3, 1, prior: new NormalPrior(stddev: 0.5));
        const double weight = 0.01;
        using var loss = new ElboLoss(ElboLoss.Bernoulli(20).Likelihood, datasetSize: 20, beta: 20 * weight);
        var output = model.Sample(inputs, samples: 1);
        var kl = model.KlDivergence();
        var theirs = nn.functional.binary_cross_entropy_with_logits(output.squeeze(0), targets) + weight * kl;
        ShouldBeClose(loss.forward(output, targets, kl), theirs, 1e-6);
    }
}
