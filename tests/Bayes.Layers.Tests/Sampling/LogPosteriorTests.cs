using Bayes.Layers.Likelihoods;
using Bayes.Layers.Priors;
using Bayes.Layers.Sampling;
using static Bayes.Layers.Tests.Sampling.SamplingData;

namespace Bayes.Layers.Tests.Sampling;

/// <summary>The log posterior in managed code is that of autograd and of finite differences, for every likelihood and prior.</summary>
public sealed class LogPosteriorTests : TorchTest
{
    private static readonly Dictionary<string, (Likelihood Likelihood, int Outputs, Func<Tensor> Targets)> Likelihoods = new()
    {
        ["Gaussian"] = (new GaussianLikelihood(0.3), 1, () => Normal(23, 1)),
        ["two Gaussian outputs"] = (new GaussianLikelihood([0.3, 0.7]), 2, () => Normal(23, 2)),
        ["Bernoulli"] = (new BernoulliLikelihood(), 1, () => Normal(23, 1).gt(0).to(float64)),
        ["categorical"] = (new CategoricalLikelihood(), 3, () => arange(23, int64).remainder(3)),
    };

    private static readonly Dictionary<string, Prior> Priors = new()
    {
        ["normal"] = new NormalPrior(0.2, 0.8), ["Laplace"] = new LaplacePrior(0.1, 0.6), ["Student t"] = new StudentTPrior(3, 0.5),
        ["mixture"] = new ScaleMixturePrior(0.4, 1, 0.1),
    };

    public static TheoryData<string, string> Cases =>
        [.. from likelihood in Likelihoods.Keys from prior in Priors.Keys select new TheoryDataRow<string, string>(likelihood, prior)];

    private static nn.Module<Tensor, Tensor> Activation(int kind) => kind == 0 ? nn.Tanh() : kind == 1 ? nn.Sigmoid() : nn.ReLU();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Managed_code_agrees_with_autograd(string likelihood, string prior)
    {
        var (own, outputs, targetsOf) = Likelihoods[likelihood];
        for (int kind = 0; kind < 3; kind++)
        {
            var network = nn.Sequential(
                nn.Linear(3, 6, dtype: float64), Activation(kind), nn.Dropout(0.5), nn.Sequential(nn.Linear(6, 5, hasBias: false, dtype: float64)),
                Activation(kind), nn.Linear(5, outputs, dtype: float64));
            network.eval();
            var options = new HamiltonianOptions
            {
                Prior = Priors[prior], PriorOf = path => path == "0.bias" ? new NormalPrior(0, 3) : null, Temperature = 1.7,
            };
            Tensor inputs = Normal(23, 3), targets = targetsOf();
            using LogPosterior dense = Dense(network, inputs, targets, own, options), byAutograd = ByAutograd(network, inputs, targets, own, options);
            double[] weights = Values(Normal(dense.Length)), gradient = new double[dense.Length], expected = new double[dense.Length];
            double found = dense.Differentiate(weights, gradient), wanted = byAutograd.Differentiate(weights, expected);
            found.Should().BeApproximately(wanted, 1e-10 * Math.Abs(wanted));
            ShouldBeClose(tensor(gradient), tensor(expected), 1e-9);
        }
    }

    [Theory]
    [InlineData("normal")]
    [InlineData("Laplace")]
    public void The_gradient_is_that_of_finite_differences(string prior)
    {
        var network = nn.Sequential(nn.Linear(2, 3, dtype: float64), nn.Tanh(), nn.Linear(3, 1, dtype: float64));
        using var density = Dense(network, Normal(9, 2), Normal(9, 1), new GaussianLikelihood(0.5), new() { Prior = Priors[prior] });
        double[] weights = Values(Normal(density.Length)), gradient = new double[density.Length], unused = new double[density.Length];
        density.Differentiate(weights, gradient);
        for (int i = 0; i < weights.Length; i++)
        {
            const double step = 1e-5;
            double At(double shift)
            {
                double[] moved = [.. weights];
                moved[i] += shift;
                return density.Differentiate(moved, unused);
            }
            gradient[i].Should().BeApproximately((At(step) - At(-step)) / (2 * step), 1e-5 * Math.Max(1, Math.Abs(gradient[i])));
        }
    }

    /// <summary>A layer that is used twice is one variable, and many rows and few rows fill vectors in part.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(19)]
    public void A_shared_layer_is_one_variable(int rows)
    {
        var layer = nn.Linear(3, 3, dtype: float64);
        var network = nn.Sequential(layer, nn.Tanh(), layer, nn.Identity(), nn.Linear(3, 1, dtype: float64));
        Tensor inputs = Normal(rows, 3), targets = Normal(rows, 1);
        using LogPosterior dense = Dense(network, inputs, targets, Noise), byAutograd = ByAutograd(network, inputs, targets, Noise);
        dense.Length.Should().Be(16);
        double[] weights = Values(Normal(16)), gradient = new double[16], expected = new double[16];
        dense.Differentiate(weights, gradient).Should().BeApproximately(byAutograd.Differentiate(weights, expected), 1e-9);
        ShouldBeClose(tensor(gradient), tensor(expected), 1e-9);
    }

    [Fact]
    public void Other_networks_are_left_to_autograd()
    {
        Tensor inputs = Normal(5, 3), targets = Normal(5, 1);
        Try(new OwnLinear(3, 1), targets, Noise).Should().BeFalse("its forward is unknown");
        Try(nn.Sequential(nn.Linear(3, 1, dtype: float64), nn.Hardswish()), targets, Noise).Should().BeFalse("hardswish is not in managed code");
        Try(LinearNetwork(), targets.abs().floor(), new PoissonLikelihood()).Should().BeFalse("the likelihood is not in managed code");
        Try(LinearNetwork(), targets, Noise).Should().BeTrue();
        var frozen = nn.Sequential(nn.Linear(3, 2, dtype: float64), nn.Linear(2, 1, dtype: float64));
        ((nn.Module)frozen.children().First()).parameters().First().requires_grad = false;
        Try(frozen, targets, Noise).Should().BeFalse("a weight is fixed");

        bool Try(nn.Module network, Tensor target, Likelihood likelihood) => DensePosterior.TryOf(
            network, WeightLayout.Of(network, new HamiltonianOptions()), inputs, target, likelihood, 1) is not null;
    }
}
