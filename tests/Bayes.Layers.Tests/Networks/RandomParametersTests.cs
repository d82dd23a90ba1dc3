using Bayes.Layers.Conversion;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Networks;

/// <summary>Which parameters of a network become random, with which posterior and prior, and that each is one variable.</summary>
public sealed class RandomParametersTests : TorchTest
{
    private const string All = "scale first.weight first.bias block.weight block.bias last.weight last.bias";

    private static WeightSpaceModule Of(Module<Tensor, Tensor> network, BayesianConversion? options = null) =>
        (WeightSpaceModule)network.ToBayesian(options);

    private static ResidualNetwork Residual() => new(4, 2, ScalarType.Float64);

    [Fact]
    public void Normalizations_stay_plain_and_the_roots_own_parameters_do_not()
    {
        using var model = Of(Residual());
        model.RandomParameters.Should().Equal(All.Split(' '));
        model.LastLayerPath.Should().BeNull();
        model.Network.Should().BeOfType<ResidualNetwork>();
    }

    [Fact]
    public void Frozen_parameters_stay_plain()
    {
        var network = Residual();
        network.first.weight.requires_grad = false;
        network.block.bias!.requires_grad = false;
        using var model = Of(network);
        model.RandomParameters.Should().Equal("scale", "first.bias", "block.weight", "last.weight", "last.bias");
        network.first.weight.requires_grad.Should().BeFalse();
    }

    [Theory]
    [InlineData("block last", "block.weight block.bias last.weight last.bias")]
    [InlineData("*", All)]
    [InlineData("?irst", "first.weight first.bias")]
    [InlineData("b*", "block.weight block.bias")]
    public void Paths_select(string paths, string expected)
    {
        using var model = Of(Residual(), new BayesianConversion { Paths = paths.Split(' ') });
        model.RandomParameters.Should().Equal(expected.Split(' '));
    }

    [Fact]
    public void A_function_and_paths_select_together()
    {
        using var model = Of(Residual(), new BayesianConversion { Paths = ["block", "last"], Select = (path, module) =>
            module is Linear && path != "last" });
        model.RandomParameters.Should().Equal("block.weight", "block.bias");
        using var root = Of(Residual(), new BayesianConversion { Select = (path, module) => module is ResidualNetwork });
        root.RandomParameters.Should().Equal("scale");
    }

    [Fact]
    public void Biases_have_a_prior_of_their_own()
    {
        Prior prior = new NormalPrior(0, 2), biases = new LaplacePrior();
        using var model = Of(Residual(), new BayesianConversion { Prior = prior, BiasPrior = biases });
        model.NetworkVariables.Should().OnlyContain(each => ReferenceEquals(each.Prior, each.Name.EndsWith(".bias") ? biases : prior));
        using var recurrent = Of(new SequenceNetwork(1), new BayesianConversion { Prior = prior, BiasPrior = biases });
        recurrent.NetworkVariables.Where(each => each.IsBias).Select(each => each.Name)
            .Should().Equal("lstm.bias_ih_l0", "lstm.bias_hh_l0", "last.bias");
        recurrent.NetworkVariables.Should().OnlyContain(each => ReferenceEquals(each.Prior, each.IsBias ? biases : prior));
    }

    [Fact]
    public void Moped_centres_prior_and_posterior_on_the_weights()
    {
        var network = Residual();
        using var model = Of(network, new BayesianConversion { Moped = new Moped(delta: 0.2, priorStddev: 0.5) });
        var logVariance = model.state_dict()["posterior.block.weight_log_var"];
        double size = Math.Sqrt(network.block.weight.square().mean().ToDouble());
        ShouldBeClose(logVariance.mul(0.5).exp(), network.block.weight.abs().clamp_min(1e-3 * size) * 0.2, 1e-12);
        var variance = logVariance.exp();
        double expected = (Math.Log(0.5) - logVariance / 2 + variance / (2 * 0.25) - 0.5).sum().ToDouble();
        var variable = model.Variables().Single(each => each.Name == "block.weight");
        variable.Prior.KlDivergence(variable.Posterior).ToDouble().Should().BeApproximately(expected, 1e-9, "the mean is the prior's");
        model.state_dict().Keys.Should().Contain(key => key.StartsWith("posterior.block.weight_prior."));
    }

    [Fact]
    public void Weights_that_are_not_kept_start_as_the_initializer_says()
    {
        var network = Residual();
        using var model = Of(network, new BayesianConversion { KeepsWeights = false, Initializer = new NormalInitializer(0, -7, 0) });
        Values(network.block.weight).Should().OnlyContain(value => value == 0);
        Values(model.state_dict()["posterior.block.weight_log_var"]).Should().OnlyContain(value => value == -7);
        Values(network.norm.weight!).Should().OnlyContain(value => value == 1, "it is not random");
        network.parameters().Should().OnlyContain(parameter => parameter.requires_grad);
    }

    [Fact]
    public void The_initializer_has_the_fan_in_of_the_layer_that_reads_the_parameter()
    {
        using var model = Of(new SequenceNetwork(1), new BayesianConversion { Initializer = new FanInInitializer(gain: 1, stddevRatio: 0.1) });
        double Of2(string name) => Values(model.state_dict()[$"posterior.{name}_log_var"])[0];
        Of2("lstm.weight_ih_l0").Should().BeApproximately(2 * Math.Log(0.1), 1e-5, "it has one input");
        Of2("lstm.weight_hh_l0").Should().BeApproximately(2 * Math.Log(0.1 / 2), 1e-5, "it has four states");
        Of2("lstm.bias_hh_l0").Should().BeApproximately(2 * Math.Log(0.1 / 2), 1e-5);
        Of2("last.bias").Should().BeApproximately(2 * Math.Log(0.1 / 2), 1e-5);
    }

    [Fact]
    public void A_family_with_more_parameters_keeps_them_beside_the_network()
    {
        var network = Residual();
        using var model = Of(network, new BayesianConversion
        {
            Initializer = new FanInInitializer(1, 0.3) { Family = new LowRankFamily(rank: 2) }, Copy = Residual,
        });
        model.state_dict()["posterior.block.weight_factor"].shape.Should().Equal(2, 5, 5);
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 6);
        using var step = new VariationalStep(model, loss, parameters => optim.SGD(parameters, 0.05), new Reparameterization(2));
        var before = model.state_dict().ToDictionary(each => each.Key, each => each.Value.clone());
        step.Run(Normal(6, 4), Normal(6, 2)).Dispose();
        foreach (var (key, value) in model.state_dict())
            ShouldDiffer(value, before[key], key);
    }

    [Fact]
    public void A_parameter_that_is_used_twice_or_shared_is_one_variable()
    {
        using var network = new Shared();
        using var model = Of(network);
        model.RandomParameters.Should().Equal("first.weight", "first.bias", "second.bias");
        double sum = model.Variables().Sum(each => each.Prior.KlDivergence(each.Posterior).ToDouble());
        model.Variables().Should().HaveCount(3);
        model.KlDivergence().ToDouble().Should().BeApproximately(sum, 1e-12);
        PosteriorDiagnostics.Of(model).Count.Should().Be(16 + 4 + 4);

        // The function with a given weight, by hand.
        var input = Normal(3, 4);
        Tensor weight = Normal(1, 4, 4), bias = Normal(1, 4), other = Normal(1, 4);
        var output = model.Sample(input, new Reparameterization(1, new GivenNoise(weight, bias, other))).squeeze(0);
        Tensor Drawn(string name, Tensor mean, Tensor noise) =>
            mean + model.state_dict()[$"posterior.{name}_log_var"].mul(0.5).exp() * noise.squeeze(0);
        Tensor w = Drawn("first.weight", network.first.weight, weight), b = Drawn("first.bias", network.first.bias!, bias),
            c = Drawn("second.bias", network.second.bias!, other);
        Tensor First(Tensor x) => x.matmul(w.t()) + b;
        ShouldBeClose(output, (First(First(input).tanh()).tanh()).matmul(w.t()) + c, 1e-12);
    }

    [Fact]
    public void Types_may_change_between_passes()
    {
        using var model = Of(Residual());
        var input = Normal(3, 4);
        using TorchNoise noise = new(3), same = new(3);
        var before = model.Sample(input, new Reparameterization(2, noise));
        model.to(float32);
        model.Sample(input.to(float32), 2).dtype.Should().Be(ScalarType.Float32);
        model.to(float64);
        model.to(CPU);
        ShouldBeClose(model.Sample(input, new Reparameterization(2, same)), before, 1e-5);
        (model.Sample(input, 2).sum() + model.KlDivergence()).backward();
        model.parameters().Should().OnlyContain(parameter => parameter.dtype == ScalarType.Float64 && !ReferenceEquals(parameter.grad, null));
    }

    /// <summary>A user may assign new weights, such as those of a file.</summary>
    [Fact]
    public void A_parameter_that_was_replaced_is_the_new_mean()
    {
        var network = Residual();
        using var model = Of(network);
        var input = Normal(3, 4);
        model.Sample(input, 2);
        network.last.weight = new Parameter(zeros(2, 5, dtype: float64));
        network.last.bias = new Parameter(zeros(2, dtype: float64));
        var output = model.Sample(input, 2);
        ShouldDiffer(output[0], output[1], "the new parameter is random, too");
        using PosteriorDraws draws = new(seed: 1, count: 2);
        output = model.Sample(input, draws);
        ShouldDiffer(output[0], output[1]);
        ShouldBeClose(model.Sample(input, PosteriorMean.Instance), zeros(1, 3, 2, dtype: float64), 0);
    }

    /// <summary>The trial of the first pass must not change a tensor that autograd has kept.</summary>
    [Fact]
    public void The_divergence_may_be_computed_before_the_first_pass()
    {
        using var model = Of(Residual());
        var divergence = model.KlDivergence();
        (model.Sample(Normal(3, 4), 2).square().mean() + divergence).backward();
        model.parameters().Should().OnlyContain(parameter => !ReferenceEquals(parameter.grad, null));
    }

    /// <summary>Variances alone are trained around a network that is kept as it is.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Variances_learn_from_the_data_while_the_means_are_frozen(bool isNative)
    {
        Module<Tensor, Tensor> network = isNative ? new SequenceNetwork(2, ScalarType.Float64) : Residual();
        using var model = Of(network, new BayesianConversion { Initializer = new FanInInitializer(stddevRatio: 0.5) });
        foreach (var parameter in network.parameters())
            parameter.requires_grad = false;
        using var loss = new ElboLoss(new GaussianLikelihood(0.1), 1_000_000);
        using var step = new VariationalStep(
            model, loss, _ => optim.SGD(model.parameters().Where(parameter => parameter.requires_grad), 0.01), new Reparameterization(2));
        step.ComputeGradients(Normal(6, 4), Normal(6, 2)).Dispose();
        foreach (var (name, parameter) in model.named_parameters())
            if (name.StartsWith("posterior.", StringComparison.Ordinal))
                // The divergence has a weight of 1e-6: this is the gradient of the likelihood.
                parameter.grad!.abs().max().ToDouble().Should().BeGreaterThan(1e-3, name);
            else
                parameter.requires_grad.Should().BeFalse(name);
    }

    [Fact]
    public void It_stands_among_layers()
    {
        using var model = new BayesianSequential(
            ("before", new BayesianLinear(3, 4, dtype: float64)), ("network", Of(Residual())), ("after", new BayesianLinear(2, 1, dtype: float64)));
        model.state_dict().Keys.Should().Contain("network.network.first.weight").And.Contain("network.posterior.first.weight_log_var");
        var input = Normal(5, 3);
        var output = model.Sample(input, 3);
        output.shape.Should().Equal(3, 5, 1);
        (output.square().mean() + model.KlDivergence()).backward();
        model.parameters().Should().OnlyContain(parameter => !ReferenceEquals(parameter.grad, null));
        using var prediction = new MonteCarloPredictive(model, new GaussianLikelihood(0.3), samples: 9, seed: 3).Predict(input, keepSamples: true);
        using var noGrad = no_grad();
        using PosteriorDraws draws = new(seed: 3, count: 9);
        ShouldBeClose(prediction.Samples, model.Sample(input, draws), 1e-12);
    }

    [Fact]
    public void Text_diagnostics_and_pruning_name_the_networks_parameters()
    {
        using var model = Of(Residual());
        model.ToString().ReplaceLineEndings("\n").Should().StartWith("WeightSpaceModule(weight space, 7 of 9 parameters are random, 72 weights")
            .And.Contain("(network): ResidualNetwork(").And.NotContain("posterior");
        var found = PosteriorDiagnostics.Of(model);
        found.Layers.Select(layer => layer.Name).Should().Equal("", "first", "block", "last");
        found.Layers[1].Weight.Name.Should().Be("first.weight");
        found.Layers[1].Bias!.Name.Should().Be("first.bias");
        found.Count.Should().Be(72);
        found.KlDivergence.Should().BeApproximately(model.KlDivergence().ToDouble(), 1e-9);
        found.Layers.Should().OnlyContain(layer => Math.Abs(layer.Weight.StddevShift!.Value) < 0.01, "the posterior was just made");

        var pruned = SignalToNoisePruning.Curve(model, [0.5], each => each.KlDivergence().ToDouble()).Single();
        pruned.Pruned.Should().Be((5 + 20 + 25 + 10) / 2, "biases are left out");
    }

    private sealed class Shared : Module<Tensor, Tensor>
    {
        public readonly Linear first = Linear(4, 4, dtype: float64);
        public readonly Linear second = Linear(4, 4, dtype: float64);

        public Shared() : base(nameof(Shared))
        {
            second.weight = first.weight;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => second.call(first.call(first.call(input).tanh()).tanh());
    }
}
