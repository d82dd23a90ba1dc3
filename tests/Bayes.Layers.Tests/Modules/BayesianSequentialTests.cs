using Bayes.Layers.Likelihoods;
using Bayes.Layers.Estimators;
using Bayes.Layers.Tests.Laws;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

public sealed class BayesianSequentialTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianSequential(
        ("hidden", new BayesianLinear(4, 5, dtype: dtype)),
        ("tanh", Tanh()),
        ("plain", nn.Linear(5, 5, dtype: dtype)),
        ("nested", new BayesianSequential(new BayesianLinear(5, 3, hasBias: false, dtype: dtype), Tanh())));

    protected override Tensor Input(long batch) => Normal(batch, 4);

    protected override IEnumerable<string> Keys =>
    [
        "hidden.weight_mu", "hidden.weight_log_var", "hidden.bias_mu", "hidden.bias_log_var",
        "plain.weight", "plain.bias", "nested.0.weight_mu", "nested.0.weight_log_var",
    ];

    [Fact]
    public void The_text_is_a_tree_with_sizes()
    {
        using var model = Create();
        model.ToString().ReplaceLineEndings("\n").Should().Be(
            """
            BayesianSequential(
              (hidden): BayesianLinear(in_features=4, out_features=5, bias=True)
              (tanh): Tanh()
              (plain): Linear(weight=[5, 5], bias=[5])
              (nested): BayesianSequential(
                (0): BayesianLinear(in_features=5, out_features=3, bias=False)
                (1): Tanh()
              )
            )
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Many_draws_equal_the_loop_over_single_ones()
    {
        using var model = Create();
        var input = Input(6);
        Tensor hidden = Normal(3, 5, 4), bias = Normal(3, 5), nested = Normal(3, 3, 5);
        var together = model.Sample(input, new Reparameterization(3, new GivenNoise(hidden, bias, nested)));
        for (int s = 0; s < 3; s++)
        {
            var noise = new GivenNoise(hidden.narrow(0, s, 1), bias.narrow(0, s, 1), nested.narrow(0, s, 1));
            ShouldBeClose(together[s], model.Sample(input, new Reparameterization(1, noise)).squeeze(0), 1e-13);
        }
    }

    [Fact]
    public void Kl_divergence_is_the_sum_over_the_layers()
    {
        using var model = Create();
        var layers = model.modules().OfType<BayesianLayer>().ToArray();
        layers.Should().HaveCount(2);
        ShouldBeClose(model.KlDivergence(), layers[0].KlDivergence() + layers[1].KlDivergence(), 1e-13);
    }

    [Fact]
    public void A_layer_used_twice_counts_once()
    {
        using var shared = new BayesianLinear(4, 4, dtype: float64);
        using var model = new BayesianSequential(shared, Tanh(), shared);
        ShouldBeClose(model.KlDivergence(), shared.KlDivergence(), 0);
        model.Sample(Input(2), 3).shape.Should().Equal(3, 2, 4);
    }

    [Fact]
    public void A_plain_sequence_has_no_divergence()
    {
        using var model = new BayesianSequential(Tanh());
        model.KlDivergence().ToDouble().Should().Be(0);
    }

    [Fact]
    public void Modules_before_the_first_bayesian_layer_run_once()
    {
        var counter = new RowCounter();
        using var model =
            new BayesianSequential(("counter", counter), ("layer", new BayesianLinear(4, 2, dtype: float64)), ("after", new RowCounter()));
        model.Sample(Input(6), 10).shape.Should().Equal(10, 6, 2);
        counter.Rows.Should().Be(6);
        model.children().OfType<RowCounter>().Last().Rows.Should().Be(60);
    }

    [Fact]
    public void Plain_modules_get_a_batch_without_the_axis_of_draws()
    {
        // Conv2d, BatchNorm and Flatten would all misinterpret an axis of draws.
        using var model = new BayesianSequential(
            ("conv", Conv2d(1, 2, 3)), ("norm", BatchNorm2d(2)), ("relu", ReLU()), ("flatten", Flatten()),
            ("layer", new BayesianLinear(2 * 4 * 4, 6)), ("norm1", BatchNorm1d(6)), ("out", new BayesianLinear(6, 3)), ("softmax", Softmax(1)));
        var output = model.Sample(randn(5, 1, 6, 6), 7);
        output.shape.Should().Equal(7, 5, 3);
        ShouldBeClose(output.sum(2L), ones(7, 5), 1e-5);
    }

    [Fact]
    public void A_plain_sequential_with_bayesian_layers_is_supported()
    {
        using var model = new BayesianSequential(
            ("block", nn.Sequential(("layer", new BayesianLinear(4, 3, dtype: float64)), ("tanh", Tanh()))));
        using var _ = no_grad();
        var outputs = model.Sample(Input(2), 5);
        ShouldDiffer(outputs[0], outputs[1], "each draw has weights of its own");
        model.state_dict().Keys.Should().Contain("block.layer.weight_mu");
    }

    [Fact]
    public void A_plain_sequential_that_was_extended_is_refused()
    {
        var inner = nn.Sequential(new BayesianLinear(4, 3, dtype: float64));
        using var model = new BayesianSequential(inner);
        inner.append(new BayesianLinear(3, 2, dtype: float64));
        model.Invoking(m => m.forward(Input(2)))
            .Should().Throw<InvalidOperationException>().WithMessage("A Sequential inside has 2 children and had 1*");
    }

    [Fact]
    public void A_custom_module_hides_the_axis_of_draws_from_plain_children()
    {
        using var model = new WithSoftmax();
        ShouldBeClose(model.Sample(Input(5), 4).sum(2L), ones([4, 5], float64), 1e-12);
    }

    [Fact]
    public void Another_plain_module_with_bayesian_layers_is_refused()
    {
        var act = () => new BayesianSequential(new PlainWrapper());
        act.Should().Throw<ArgumentException>().WithMessage("The child PlainWrapper is a plain module with Bayesian layers inside*");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("same")]
    public void An_invalid_name_is_refused(string name)
    {
        var act = () => new BayesianSequential(("same", Tanh()), (name, Tanh()));
        act.Should().Throw<ArgumentException>().WithMessage($"A child is named '{name}'*");
    }

    [Fact]
    public void A_module_that_changes_the_batch_is_named()
    {
        using var model = new BayesianSequential(new BayesianLinear(4, 3, dtype: float64), new SumOfAll());
        model.Invoking(m => m.forward(Input(3)))
            .Should().Throw<InvalidOperationException>().WithMessage("SumOfAll returned shape [] for an input of shape [3, 3]; *");
    }

    [Fact]
    public void An_empty_sequence_is_the_identity_and_leaves_the_input_alive()
    {
        using var model = new BayesianSequential();
        var input = Input(3);
        var output = model.forward(input);
        output.Dispose();
        ShouldBeFinite(input);
    }

    [Fact]
    public void An_exception_in_a_child_leaves_no_tensor_behind()
    {
        using var model = new BayesianSequential(new BayesianLinear(4, 3, dtype: float64), Tanh(), new Thrower());
        var input = Input(3);
        long before = LiveTensors();
        model.Invoking(m => m.Sample(input, 5)).Should().Throw<InvalidTimeZoneException>();
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void Without_randomness_all_draws_are_returned_and_equal()
    {
        using var plain = Linear(2, 1, dtype: float64);
        using var model = new BayesianSequential(plain);
        var input = Normal(3, 2);
        ShouldBeClose(model.Sample(input, 5), plain.call(input).unsqueeze(0).expand(5, 3, 1), 0);
        using var prediction = new MonteCarloPredictive(model, new BernoulliLikelihood(), 5).forward(input);
        ShouldBeClose(prediction.AleatoricVariance, new BernoulliLikelihood().Variance(plain.call(input)), 1e-14);
    }

    [Fact]
    public void Only_elementwise_modules_see_the_axis_of_draws_and_hooks_always_run()
    {
        Module<Tensor, Tensor>[] folded =
            [Softmax(1), LogSoftmax(1), Softmin(1), Flatten(), PReLU(5), LayerNorm(5), BatchNorm1d(5), Dropout2d(), Linear(5, 5)];
        Module<Tensor, Tensor>[] elementwise = [Tanh(), ReLU(), nn.Identity(), Sigmoid()];
        foreach (var module in folded.Concat(elementwise))
        {
            var seen = new List<long[]>();
            module.register_forward_pre_hook((_, input) =>
            {
                seen.Add(input.shape);
                return input;
            });
            using var model = new BayesianSequential(new BayesianLinear(4, 5), module);
            model.Sample(randn(6, 4), 3);
            seen.Should().ContainSingle(module.GetName()).Which.Should().Equal(folded.Contains(module) ? [18, 5] : [3, 6, 5], module.GetName());
        }
    }

    private sealed class WithSoftmax : BayesianModule
    {
        private readonly BayesianLinear _layer = new(4, 3, dtype: float64);
        private readonly nn.Module<Tensor, Tensor> _softmax = Softmax(1);

        public WithSoftmax() : base(nameof(WithSoftmax)) => RegisterComponents();

        public override Tensor Propagate(Tensor input, Pass pass)
        {
            using var scope = NewDisposeScope();
            return ApplyPlain(_softmax, _layer.Propagate(input, pass), pass).MoveToOuterDisposeScope();
        }
    }

    private sealed class RowCounter() : nn.Module<Tensor, Tensor>(nameof(RowCounter))
    {
        public long Rows { get; private set; }

        public override Tensor forward(Tensor input)
        {
            Rows += input.shape[0];
            return input.alias();
        }
    }
    [Fact]
    public void A_native_error_of_a_plain_child_is_reported_in_one_line()
    {
        using var model = new BayesianSequential(Conv2d(1, 2, 3), new BayesianConv2d(2, 1, 1));
        var act = () => model.forward(Normal(2, 1, 5, 5));
        act.Should().Throw<ArgumentException>()
            .WithMessage("Conv2d does not take an input of type Float64 and shape [2, 1, 5, 5]: Input type (double) and bias type (float) should be "
                + "the same (Parameter 'input')")
            .WithInnerException<System.Runtime.InteropServices.ExternalException>();
    }
    private sealed class PlainWrapper : nn.Module<Tensor, Tensor>
    {
        private readonly BayesianLinear _inner = new(4, 3);

        public PlainWrapper() : base(nameof(PlainWrapper)) => RegisterComponents();

        public override Tensor forward(Tensor input) => _inner.forward(input);
    }

    private sealed class SumOfAll() : nn.Module<Tensor, Tensor>(nameof(SumOfAll))
    {
        public override Tensor forward(Tensor input) => input.sum();
    }

    private sealed class Thrower() : nn.Module<Tensor, Tensor>(nameof(Thrower))
    {
        public override Tensor forward(Tensor input) => throw new InvalidTimeZoneException();
    }
}
