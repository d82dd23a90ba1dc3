using Bayes.Layers.Likelihoods;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Training;

/// <summary>The training of plain networks to the maximum of likelihood times prior.</summary>
public sealed class MaximumAPosterioriTests : TorchTest
{
    private static MaximumAPosterioriOptions Descent(int epochs, Prior? prior, double rate = 0.02) => new()
    {
        Prior = prior,
        Training = new()
        {
            Epochs = epochs, BatchSize = 1000, LearningRate = rate, KlSchedule = new ConstantKl(), ShuffleSeed = 1,
            CreateOptimizer = (parameters, learningRate) => optim.SGD(parameters, learningRate),
        },
    };

    private static (Tensor Inputs, Tensor Targets) Data(int rows = 30)
    {
        var inputs = Normal(rows, 3);
        return (inputs, inputs.mm(tensor(new[] { 1.0, -2, 0.5 }).unsqueeze(1)).add(0.4).add(Normal(rows, 1).mul(0.5)));
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(null)]
    public void A_linear_network_gets_the_exact_weights(double? priorStddev)
    {
        var (inputs, targets) = Data();
        using var network = nn.Linear(3, 1, dtype: float64);
        MaximumAPosteriori.Fit(
            network, inputs, targets, new GaussianLikelihood(0.5),
            Descent(500, priorStddev is { } stddev ? new NormalPrior(0, stddev) : null, rate: 0.1));
        var design = cat([inputs, ones([30, 1], float64)], 1);
        var precision = design.T.mm(design).div(0.25);
        if (priorStddev is { } known)
            precision.add_(eye(4, dtype: float64).div(known * known));
        var expected = precision.inverse().mm(design.T.mm(targets)).div(0.25).flatten();
        ShouldBeClose(cat([network.weight.flatten(), network.bias!]), expected, 1e-8);
    }

    [Fact]
    public void The_loss_is_the_negative_log_joint_density_per_example()
    {
        var (inputs, targets) = Data();
        using var network = nn.Linear(3, 1, dtype: float64);
        var likelihood = new GaussianLikelihood(0.5);
        Prior prior = new LaplacePrior(0.1, 0.6);
        using var noGrad = no_grad();
        double logPrior = prior.LogProbability(network.weight).sum().ToDouble() + prior.LogProbability(network.bias!).sum().ToDouble();
        double logLikelihood = likelihood.LogProbability(network.call(inputs), targets).sum().ToDouble();
        using var grad = enable_grad();
        var epoch = MaximumAPosteriori.Fit(network, inputs, targets, likelihood, Descent(1, prior)).Epochs.Single();
        epoch.KlDivergence.Should().BeApproximately(-logPrior, 1e-10);
        epoch.Loss.Should().BeApproximately(-(logLikelihood + logPrior) / 30, 1e-10);
    }

    [Fact]
    public void A_network_of_any_kind_is_trained_in_place()
    {
        var inputs = randn(60, 3);
        var targets = inputs.sum([1L], keepdim: true);
        using var network = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.1), nn.Linear(8, 1));
        network.eval();
        var parameters = network.parameters().ToArray();
        var mean = ((BatchNorm1d)network[1]).running_mean!.clone();
        var history = MaximumAPosteriori.Fit(
            network, inputs, targets, new GaussianLikelihood(0.5), new() { Training = new() { Epochs = 30, ShuffleSeed = 1 } },
            validation: (randn(10, 3), randn(10, 1)));
        history.Epochs[^1].NegativeLogLikelihood.Should().BeLessThan(history.Epochs[0].NegativeLogLikelihood / 2);
        history.Best.Should().NotBeNull();
        network.parameters().Should().Equal(parameters, ReferenceEquals);
        network.training.Should().BeFalse();
        ShouldDiffer(((BatchNorm1d)network[1]).running_mean!, mean);
    }

    [Fact]
    public void A_network_of_two_inputs_and_a_learned_noise_are_trained()
    {
        using var network = new TwoInputs();
        Tensor first = randn(40, 2), second = randn(40, 3);
        var targets = first.sum([1L], keepdim: true).add(second.sum([1L], keepdim: true)).add(randn(40, 1).mul(0.05));
        var likelihood = GaussianLikelihood.Learned(1);
        var before = likelihood.Parameters!.parameters().Single().clone();
        MaximumAPosteriori.Fit(
            network, (first, second), targets, likelihood, new() { Training = new() { Epochs = 100, LearningRate = 0.05, ShuffleSeed = 1 } });
        using var noGrad = no_grad();
        Values(network.call(first, second).sub(targets).square().mean()).Single().Should().BeLessThan(0.05);
        // The likelihood is the caller's, and alive.
        ShouldDiffer(likelihood.Parameters!.parameters().Single(), before);
    }

    [Fact]
    public void What_cannot_be_trained_is_refused()
    {
        var (inputs, targets) = Data();
        Refused(new BayesianLinear(3, 1, dtype: float64))
            .WithMessage("The network contains a BayesianLinear, which is Bayesian; expected a plain network: train this one with *");
        Refused(nn.Tanh()).WithMessage("No parameter of the Tanh requires a gradient, so there is nothing to train; expected at least one.*");
        Refused(nn.Linear(3, 1, dtype: float64), new LearnedScalePrior())
            .WithMessage("The prior * has parameters of its own; expected one that is fixed, such as NormalPrior.*");
        FluentActions.Invoking(() => MaximumAPosteriori.Fit(
                nn.Sequential(nn.Linear(3, 1, dtype: float64), nn.Sigmoid()), inputs, targets.gt(0).to(float64), new BernoulliLikelihood()))
            .Should().Throw<ArgumentException>().WithMessage("The model ends in Sigmoid, and *");
        FluentActions.Invoking(() => MaximumAPosteriori.Fit(
                nn.Linear(3, 1, dtype: float64), inputs, targets, new GaussianLikelihood(0.5), Descent(100, null, rate: 1e9)))
            .Should().Throw<TrainingDivergedException>();

        FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(nn.Module network, Prior? prior = null) =>
            FluentActions.Invoking(() => MaximumAPosteriori.Fit(
                network, inputs, targets, new GaussianLikelihood(0.5), new() { Prior = prior })).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void No_tensor_stays_behind_but_the_gradients()
    {
        Tensor inputs = randn(20, 2), targets = randn(20, 1);
        using var network = nn.Linear(2, 1);
        Fit();
        long before = LiveTensors();
        Fit();
        LiveTensors().Should().Be(before);

        void Fit()
        {
            MaximumAPosteriori.Fit(network, inputs, targets, new GaussianLikelihood(1), new() { Training = new() { Epochs = 3, ShuffleSeed = 1 } });
            network.zero_grad(set_to_none: true);
        }
    }

    private sealed class TwoInputs : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly Linear _last = nn.Linear(5, 1);

        public TwoInputs() : base(nameof(TwoInputs)) => RegisterComponents();

        public override Tensor forward(Tensor first, Tensor second) => _last.call(cat([first, second], 1));
    }
}
