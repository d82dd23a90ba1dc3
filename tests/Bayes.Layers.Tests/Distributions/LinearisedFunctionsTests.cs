using Bayes.Layers.Checkpoints;
using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Tests.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Distributions;

/// <summary>Linear functions of the weights, for networks of all kinds.</summary>
public abstract class LinearisedFunctionsLaws : FunctionDistributionLaws
{
    private BayesianModule? _model;

    protected abstract nn.Module Network { get; }

    protected override double Rounding => 1e-10;

    protected override Tensor Input => Normal(37, 3);

    protected override FunctionDistribution Create() => Model.Linearised();

    private BayesianModule Model => _model ??= Bayesian(Network);

    internal static BayesianModule Bayesian(nn.Module network, PosteriorFamily? family = null) => network.ToBayesian(new BayesianConversion
    {
        Form = ConversionForm.WeightSpace,
        Initializer = new FanInInitializer(stddevRatio: 0.5) { Family = family ?? PosteriorFamily.MeanField },
    });

    [Fact]
    public void A_draw_is_the_expansion_of_the_network_around_the_mean() => ShouldExpand(Model, Input[..4]);

    /// <summary>Compares with the Jacobian by differences of the network's outputs, one weight after the other.</summary>
    internal static void ShouldExpand(BayesianModule model, Tensor input)
    {
        using var draws = new PosteriorDraws(11, 3);
        draws.Bind(model);
        var space = (WeightSpaceModule)model;
        var network = (nn.Module<Tensor, Tensor>)space.Network;
        network.eval();
        using var noGrad = no_grad();
        var expected = network.call(input).unsqueeze(0).expand(3, -1, -1).clone();
        foreach (var (variable, posterior) in space.NetworkVariables.Zip(model.Posteriors()))
        {
            var deviation = (variable.Fixed(draws.Weights(posterior)) - posterior.Mean).reshape(3, -1);
            var flat = posterior.Mean.view(-1);
            for (long i = 0; i < flat.shape[0]; i++)
            {
                const double step = 1e-5;
                var own = flat[i].clone();
                flat[i] = own + step;
                var above = network.call(input);
                flat[i] = own - step;
                var slope = (above - network.call(input)) / (2 * step);
                flat[i] = own;
                expected += deviation.select(1, i).reshape(3, 1, 1) * slope;
            }
        }
        using var drawn = model.Linearised().Draw(11, 3);
        ShouldBeClose(drawn.Apply(input), expected, 1e-7);
        ShouldDiffer(drawn.Apply(input), model.Sample(input, draws), "the network is not linear");
    }
}

public sealed class LinearisedResidualTests : LinearisedFunctionsLaws
{
    protected override nn.Module Network { get; } = new ResidualNetwork(3, 1, float64);

    [Fact]
    public void It_takes_what_the_model_takes_and_says_what_it_says()
    {
        var model = (WeightSpaceModule)Bayesian(Network);
        model.GivenCaution = "The chains have not mixed.";
        var linear = model.Linearised();
        linear.Caution.Should().Be(model.GivenCaution);
        linear.ExactSamples.Should().BeNull();
        linear.Module.Should().BeSameAs(model);
        linear.Fingerprint().Should().NotBe(FunctionDistribution.Of(model).Fingerprint(), "its predictions do not merge with the model's");
        linear.ToString().Should().StartWith("linearised WeightSpaceModule");
        linear.Invoking(each => Checkpoint.Save(each, "linearised.safetensors")).Should().Throw<ArgumentException>()
            .WithMessage("A linearised WeightSpaceModule is saved as its model; expected Checkpoint.Save of the model itself, and Linearised()*");
        FluentActions.Invoking(() => new BayesianSequential(new BayesianLinear(3, 1)).Linearised()).Should().Throw<ArgumentException>()
            .WithMessage("A BayesianSequential cannot be linearised; expected a WeightSpaceModule*");
    }

    [Fact]
    public void Weights_that_depend_on_each_other_keep_their_draws()
    {
        using var model = Bayesian(new ResidualNetwork(3, 1, float64), new LowRankFamily(2));
        var linear = model.Linearised();
        var input = Input;
        Tensor Of(int count, int first)
        {
            using var draws = linear.Draw(5, count, first);
            return draws.Apply(input);
        }

        var all = Of(6, 0);
        ShouldBeClose(cat([Of(2, 0), Of(4, 2)], 0), all, 1e-12);
        // To first order a draw is the model's own.
        using (no_grad())
            foreach (var (name, parameter) in model.named_parameters())
                if (name.EndsWith("_log_var", StringComparison.Ordinal))
                    parameter.sub_(40);
                else if (name.EndsWith("_factor", StringComparison.Ordinal))
                    parameter.mul_(1e-6);
        using var own = new PosteriorDraws(5, 6);
        ShouldBeClose(Of(6, 0), model.Sample(input, own), 1e-7);
    }

    [Fact]
    public void Gradients_and_parameters_stay_as_they_are()
    {
        using var network = new ResidualNetwork(3, 1, float64);
        using var model = Bayesian(network);
        network.call(Input).sum().backward();
        network.norm.weight!.requires_grad = false;
        var before = network.named_parameters().Select(each => (each.parameter.clone(), each.parameter.grad?.clone(), each.parameter.requires_grad))
            .ToArray();
        using var predictive = new MonteCarloPredictive(model.Linearised(), new GaussianLikelihood(1), 5, seed: 2).Predict(Input);
        foreach (var ((value, grad, learns), (_, parameter)) in before.Zip(network.named_parameters()))
        {
            ShouldBeClose(parameter, value, 0);
            ShouldBeClose(parameter.grad!, grad!, 0);
            parameter.requires_grad.Should().Be(learns);
        }
    }

    [Fact]
    public void A_network_that_ends_in_the_only_random_layer_is_its_own_expansion()
    {
        using var model = (WeightSpaceModule)new ResidualNetwork(3, 1, float64).ToBayesian(
            new BayesianConversion { LastLayerOnly = true, Form = ConversionForm.WeightSpace });
        model.LastLayerPath.Should().Be("last");
        using var linear = model.Linearised().Draw(3, 4);
        using var own = FunctionDistribution.Of(model).Draw(3, 4);
        var input = Input;
        ShouldBeClose(linear.Apply(input), own.Apply(input), 0);
        using Predictive found = Predict(model.Linearised()), wanted = Predict(FunctionDistribution.Of(model));
        ShouldBeClose(found.Mean, wanted.Mean, 0);
        ShouldBeClose(found.EpistemicVariance, wanted.EpistemicVariance, 0);

        Predictive Predict(FunctionDistribution functions) =>
            new MonteCarloPredictive(functions, new GaussianLikelihood(1), 5, seed: 2).Predict(input);
    }

    [Fact]
    public void An_operation_without_a_second_derivative_is_refused()
    {
        using var model = Bayesian(new Attending());
        new MonteCarloPredictive(model.Linearised(), new GaussianLikelihood(1), 5, seed: 2).Invoking(each => each.Predict(randn(3, 4)))
            .Should().Throw<InvalidOperationException>().WithMessage(
                "The Attending cannot be linearised, since torch has no derivative of its derivative: *; expected operations that can be "
                + "differentiated twice.");
    }

    // The fused attention of CPUs is differentiated once.
    private sealed class Attending : Module<Tensor, Tensor>
    {
        private readonly Linear _first = Linear(4, 12), _last = Linear(4, 1);

        public Attending() : base(nameof(Attending)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var parts = _first.call(input).reshape(-1, 3, 1, 4, 1).unbind(1);
            var attended = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]);
            return _last.call(attended.flatten(1)).MoveToOuterDisposeScope();
        }
    }
}

/// <summary>Native code reads the parameters.</summary>
public sealed class LinearisedSequenceTests : LinearisedFunctionsLaws
{
    protected override nn.Module Network { get; } = new SequenceNetwork(1, float64);
}

public sealed class LinearisedNetworksTests : TorchTest
{
    [Fact]
    public void Words_and_attention_are_expanded() =>
        LinearisedFunctionsLaws.ShouldExpand(LinearisedFunctionsLaws.Bayesian(new WordNetwork(2, float64)), Normal(4, 3));

    /// <summary>Native code of single precision has no second derivative.</summary>
    [Fact]
    public void A_recurrent_network_in_single_precision_is_expanded_as_in_double()
    {
        var network = new SequenceNetwork(2);
        using var model = LinearisedFunctionsLaws.Bayesian(network);
        var input = randn(4, 6);
        Tensor Draws(Tensor rows)
        {
            using var draws = model.Linearised().Draw(3, 5);
            return draws.Apply(rows);
        }

        var single = Draws(input);
        model.to(float64);
        ShouldBeClose(single, Draws(input.to(float64)), 1e-4);
    }

    [Fact]
    public void Images_are_expanded() =>
        LinearisedFunctionsLaws.ShouldExpand(LinearisedFunctionsLaws.Bayesian(new ImageNetwork(Ending.Softmax)), Normal(4, 1, 5, 4));
}
