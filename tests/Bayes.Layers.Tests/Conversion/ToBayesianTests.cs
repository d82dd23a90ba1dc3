using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Conversion;

/// <summary>A plain network becomes Bayesian.</summary>
public sealed class ToBayesianTests : TorchTest
{
    private static Sequential Network() => nn.Sequential(
        ("body", nn.Sequential(("first", nn.Linear(4, 8, dtype: float64)), ("norm", nn.BatchNorm1d(8, dtype: float64)), ("relu", nn.ReLU()))),
        ("drop", nn.Dropout(0.3)),
        ("head", nn.Linear(8, 3, hasBias: false, dtype: float64)));

    private static Tensor Mean(BayesianModule model, Tensor input) => model.Sample(input, PosteriorMean.Instance).squeeze(0);

    [Fact]
    public void The_posterior_mean_computes_what_the_network_did()
    {
        using var network = Network();
        var input = Normal(6, 4);
        network.forward(input);
        network.eval();
        var before = network.forward(input);
        var model = network.ToBayesian();
        ShouldBeClose(Mean(model, input), before, 1e-12);
        ShouldDiffer(model.Sample(input, 2)[0], model.Sample(input, 2)[1]);
        ShouldBeClose(network.forward(input), before, 0, "the network stays as it is");
    }

    [Fact]
    public void Names_and_modes_are_kept_and_normalisations_stay_plain()
    {
        using var network = Network();
        ((Sequential)network.named_children().First().module).eval();
        var model = network.ToBayesian();
        model.named_parameters().Select(p => p.name).Should().Equal(
            "body.first.weight_mu", "body.first.weight_log_var", "body.first.bias_mu", "body.first.bias_log_var",
            "body.norm.weight", "body.norm.bias", "head.weight_mu", "head.weight_log_var");
        model.training.Should().BeTrue();
        model.named_modules().Single(m => m.name == "body").module.training.Should().BeFalse();
        model.named_modules().Single(m => m.name == "body.norm").module.training.Should().BeFalse();
        model.named_modules().Single(m => m.name == "head").module.training.Should().BeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_layer_by_itself_keeps_its_mode_too(bool training)
    {
        using var layer = nn.Linear(2, 1);
        layer.train(training);
        using var model = layer.ToBayesian();
        model.training.Should().Be(training);
        model.ToDeterministic().training.Should().Be(training);
    }

    [Fact]
    public void The_weights_are_copies()
    {
        using var network = nn.Sequential(nn.Linear(2, 2, dtype: float64));
        var model = network.ToBayesian();
        using (no_grad())
            model.parameters().First().zero_();
        network.parameters().First().abs().sum().ToDouble().Should().BePositive();
        network.parameters().Should().OnlyContain(p => p.requires_grad);
        model.parameters().Should().OnlyContain(p => p.requires_grad);
    }

    [Fact]
    public void Prior_and_initializer_are_those_of_the_options()
    {
        Prior prior = new NormalPrior(stddev: 2), biasPrior = new NormalPrior(stddev: 3);
        using var network = nn.Sequential(nn.Linear(2, 2));
        var layer =
            Layer(network.ToBayesian(
                new BayesianConversion { Prior = prior, BiasPrior = biasPrior, Initializer = new NormalInitializer(0, -7, 0),
                    KeepsWeights = false }));
        layer.WeightPrior.Should().BeSameAs(prior);
        layer.BiasPrior.Should().BeSameAs(biasPrior);
        Values(layer.weight_mu).Should().OnlyContain(w => w == 0);
        Values(layer.bias_log_var!).Should().OnlyContain(w => w == -7);
    }

    [Fact]
    public void Moped_centres_prior_and_posterior_on_the_weights()
    {
        using var network = nn.Sequential(nn.Linear(3, 2, dtype: float64));
        var plain = (Linear)network.children().Single();
        using (no_grad())
            plain.weight[0, 0] = tensor(0.0);
        var layer = Layer(network.ToBayesian(new BayesianConversion { Moped = new Moped(delta: 0.2, priorStddev: 0.5) }));
        ShouldBeClose(layer.weight_mu, plain.weight, 0);
        double size = Math.Sqrt(plain.weight.square().mean().ToDouble());
        ShouldBeClose(layer.WeightPosterior.Stddev(), plain.weight.abs().clamp_min(1e-3 * size) * 0.2, 1e-12);
        ShouldBeClose(layer.BiasPosterior!.Stddev(), plain.bias!.abs() * 0.2, 1e-12);

        var sigma = layer.WeightPosterior.Variance();
        var expected = (Math.Log(0.5) - layer.weight_log_var / 2 + sigma / (2 * 0.25) - 0.5).sum();
        layer.WeightPrior.KlDivergence(layer.WeightPosterior).ToDouble()
            .Should().BeApproximately(expected.ToDouble(), 1e-9, "mu is the prior's mean");
        layer.state_dict().Keys.Should().Contain(key => key.StartsWith("weight_prior."), "the prior is part of what is saved");
    }

    [Fact]
    public void Only_the_last_layer_becomes_bayesian_if_requested()
    {
        using var network = Network();
        var model = network.ToBayesian(new BayesianConversion { LastLayerOnly = true });
        model.named_parameters().Select(p => p.name).Should().Equal(
            "body.first.weight", "body.first.bias", "body.norm.weight", "body.norm.bias", "head.weight_mu", "head.weight_log_var");
    }

    [Fact]
    public void Layers_are_selected_by_path()
    {
        using var network = Network();
        var model = network.ToBayesian(new BayesianConversion { Select = (path, module) => path == "body.first" && module is Linear });
        model.modules().OfType<BayesianLinear>().Should().ContainSingle();
        model.named_modules().Single(m => m.name == "head").module.Should().BeOfType<Linear>();
    }

    [Fact]
    public void A_layer_that_is_used_twice_stays_one_layer()
    {
        var shared = nn.Linear(4, 4, dtype: float64);
        using var network = nn.Sequential(("a", shared), ("tanh", nn.Tanh()), ("b", shared));
        var model = network.ToBayesian();
        model.modules().OfType<BayesianLinear>().Distinct().Should().ContainSingle();
        model.KlDivergence().ToDouble().Should().BeApproximately(model.modules().OfType<BayesianLinear>().First().KlDivergence().ToDouble(), 1e-12);
        var input = Normal(3, 4);
        ShouldBeClose(Mean(model, input), network.forward(input), 1e-12);
    }

    [Fact]
    public void A_network_that_is_one_layer_becomes_one()
    {
        using var network = nn.Linear(4, 3, dtype: float64);
        using var model = network.ToBayesian();
        model.Should().BeOfType<BayesianLinear>();
        var input = Normal(3, 4);
        ShouldBeClose(Mean(model, input), network.forward(input), 1e-12);
    }

    [Fact]
    public void A_module_without_a_conversion_is_named_with_its_path_and_nothing_is_left()
    {
        using var network =
            nn.Sequential(("body", nn.Sequential(("first", nn.Linear(4, 4)), ("attention", new LinearAttention()))), ("head", nn.Linear(4, 1)));
        long before = LiveTensors();
        network.Invoking(n => n.ToBayesian(new BayesianConversion { Form = ConversionForm.Layers })).Should().Throw<ArgumentException>()
            .WithMessage("The module 'body.attention' is a LinearAttention with parameters*expected *Linear*WeightSpace*KeepsUnsupported*");
        LiveTensors().Should().Be(before);
        network.ToBayesian(new BayesianConversion { KeepsUnsupported = true }).modules().Should().Contain(m => m is LinearAttention);
    }

    [Fact]
    public void Names_that_sound_like_a_layer_convert_nothing()
    {
        // Guards against conversion by part of the class name, which breaks on a transformer.
        using var network = nn.Sequential(("linear", nn.ReLU()), ("conv", new LinearAttention()));
        network.Invoking(n => n.ToBayesian(new BayesianConversion { KeepsUnsupported = true }))
            .Should().Throw<ArgumentException>().WithMessage("Nothing in the Sequential became Bayesian*");
    }

    [Fact]
    public void A_custom_module_converts_with_a_custom_conversion()
    {
        using var network = nn.Sequential(("block", new Doubled(nn.Linear(4, 4, dtype: float64))), ("head", nn.Linear(4, 2, dtype: float64)));
        var model = network.ToBayesian(new BayesianConversion { Layers = [new DoubledConversion()] });
        model.named_parameters().Select(p => p.name).First().Should().Be("block.inner.weight_mu");
        var input = Normal(5, 4);
        ShouldBeClose(Mean(model, input), network.forward(input), 1e-12);
        var plain = model.ToDeterministic(new DoubledConversion());
        ShouldBeClose(plain.forward(input), network.forward(input), 1e-12);
        model.Invoking(m => m.ToDeterministic())
            .Should().Throw<ArgumentException>().WithMessage("The module 'block' is a BayesianDoubled, for which there is no conversion*");
    }

    [Fact]
    public void A_bayesian_model_is_refused()
    {
        nn.Module<Tensor, Tensor> model = new BayesianSequential(new BayesianLinear(2, 1));
        model.Invoking(m => m.ToBayesian()).Should().Throw<ArgumentException>()
            .WithMessage("The network is a BayesianSequential, which is already Bayesian*");
    }

    [Theory]
    [InlineData(0, 1, "delta")]
    [InlineData(0.1, -1, "priorStddev")]
    [InlineData(double.NaN, 1, "delta")]
    public void Moped_settings_outside_their_range_are_refused(double delta, double stddev, string name)
    {
        var act = () => new Moped(delta, stddev);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"{name} is*expected a finite number above 0*");
    }

    [Fact]
    public void Disposing_the_model_frees_all_it_made()
    {
        long before = LiveTensors();
        using (var network = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 1)))
        {
            long made = LiveTensors();
            network.ToBayesian(new BayesianConversion { Moped = new Moped() }).Dispose();
            LiveTensors().Should().Be(made);
        }
        LiveTensors().Should().Be(before);
    }

    private static BayesianLinear Layer(BayesianModule model) => (BayesianLinear)model.children().Single();

    private sealed class LinearAttention : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _projection;

        public LinearAttention() : base(nameof(LinearAttention))
        {
            _projection = nn.Linear(4, 4);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _projection.forward(input);
    }

    private sealed class Doubled : nn.Module<Tensor, Tensor>
    {
        public Doubled(nn.Module<Tensor, Tensor> inner) : base(nameof(Doubled))
        {
            Inner = inner;
            register_module("inner", inner);
        }

        public nn.Module<Tensor, Tensor> Inner { get; }

        public override Tensor forward(Tensor input) => Inner.forward(input) * 2;
    }

    private sealed class BayesianDoubled : BayesianModule
    {
        public BayesianDoubled(BayesianModule inner) : base(nameof(BayesianDoubled))
        {
            Inner = inner;
            register_module("inner", inner);
        }

        public BayesianModule Inner { get; }

        public override Tensor Propagate(Tensor input, Pass pass) => Inner.Propagate(input, pass) * 2;
    }

    private sealed class DoubledConversion : LayerConversion
    {
        public override Type PlainType => typeof(Doubled);

        public override Type BayesianType => typeof(BayesianDoubled);

        public override bool HasWeights => false;

        public override nn.Module<Tensor, Tensor> ToBayesian(nn.Module<Tensor, Tensor> plain, BayesianPass pass) =>
            new BayesianDoubled((BayesianModule)pass.Convert(((Doubled)plain).Inner, "inner"));

        public override nn.Module<Tensor, Tensor> ToPlain(nn.Module<Tensor, Tensor> bayesian, DeterministicPass pass) =>
            new Doubled(pass.Convert(((BayesianDoubled)bayesian).Inner, "inner"));
    }
}
