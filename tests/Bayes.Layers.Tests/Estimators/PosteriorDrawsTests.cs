using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Tests.Laws;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Estimators;

public sealed class PosteriorDrawsTests : EstimatorLaws
{
    protected override Estimator Estimator(int samples, NoiseSource noise)
    {
        // The laws pass a noise source; these draws take only a seed.
        var draws = new PosteriorDraws(BitConverter.DoubleToInt64Bits(noise.StandardNormal([1], float64, CPU).ToDouble()), samples);
        draws.Bind(Parameters);
        return draws;
    }

    private static BayesianSequential Model(ScalarType dtype = ScalarType.Float64) => new(
        new BayesianLinear(2, 5, dtype: dtype), Tanh(), new BayesianLinear(5, 40, dtype: dtype), Tanh(),
        new BayesianLinear(40, 1, hasBias: false, dtype: dtype));

    private static Tensor Sample(BayesianModule model, Tensor input, long seed, int count, int first = 0)
    {
        using var draws = new PosteriorDraws(seed, count, first);
        return model.Sample(input, draws);
    }

    [Fact]
    public void Draw_k_does_not_depend_on_the_number_of_draws_or_the_first_one()
    {
        using var model = Model();
        var input = Normal(6, 2);
        var all = Sample(model, input, seed: 3, count: 20);
        foreach (var (first, count) in new[] { (0, 1), (0, 7), (7, 1), (7, 13), (19, 1) })
            ShouldBeClose(Sample(model, input, seed: 3, count, first), all.narrow(0, first, count), 1e-14, $"draws {first} to {first + count - 1}");
        ShouldDiffer(Sample(model, input, seed: 4, count: 20), all);
    }

    [Fact]
    public void The_weights_of_a_draw_are_the_same_to_the_bit()
    {
        // The identity as input returns the weight itself, without the rounding of a product.
        foreach (var dtype in new[] { float32, float64 })
        {
            using var layer = new BayesianLinear(33, 7, hasBias: false, dtype: dtype);
            var identity = eye(33, dtype: dtype);
            var all = Sample(layer, identity, seed: -1, count: 9);
            for (int k = 0; k < 9; k++)
                ShouldBeClose(Sample(layer, identity, seed: -1, count: 1, first: k).squeeze(0), all[k], 0);
        }
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        // A hundred thousand weights per draw are enough for several threads.
        using var layer = new BayesianLinear(400, 250, hasBias: false);
        var identity = eye(400);
        int before = get_num_threads();
        try
        {
            set_num_threads(1);
            var alone = Sample(layer, identity, seed: 8, count: 3);
            set_num_threads(4);
            ShouldBeClose(Sample(layer, identity, seed: 8, count: 3), alone, 0);
        }
        finally
        {
            set_num_threads(before);
        }
        var single = new float[400 * 250];
        NamedNormals.Fill(single, 8, NamedNormals.Stream("weight_mu"), draw: 2);
        using var draws = new PosteriorDraws(seed: 8, count: 1, first: 2);
        var expected = (tensor(single).reshape(250, 400) * layer.WeightPosterior.Stddev() + layer.weight_mu).t();
        ShouldBeClose(layer.Sample(identity, draws).squeeze(0), expected, 1e-6);
    }

    [Fact]
    public void Layers_parameters_and_draws_have_different_noise()
    {
        using var model = new BayesianSequential(new BayesianLinear(30, 30), new BayesianLinear(30, 30));
        foreach (var (name, parameter) in model.named_parameters())
            nn.init.constant_(parameter, name.EndsWith("mu") ? 0 : -2);
        using var draws = new PosteriorDraws(seed: 1, count: 2);
        draws.Bind(model);
        var identity = eye(30);
        using var zero = zeros(1, 30);
        var (first, second) = ((BayesianLinear)model.children().First(), (BayesianLinear)model.children().Last());
        Tensor weights = first.Sample(identity, draws), others = second.Sample(identity, draws);
        foreach (var (a, b) in new[] { (weights[0], weights[1]), (weights[0], others[0]), (weights[0] - first.Sample(zero, draws)[0], others[1]) })
            Math.Abs(((a - a.mean()) * (b - b.mean())).mean().ToDouble() / a.std().ToDouble() / b.std().ToDouble()).Should().BeLessThan(5 / 30.0);
    }

    [Fact]
    public void Both_precisions_draw_the_same_functions()
    {
        using var model = Model();
        var input = Normal(6, 2);
        var wide = Sample(model, input, seed: 3, count: 5);
        model.to(float32);
        ShouldBeClose(Sample(model, input.to(float32), seed: 3, count: 5), wide, 1e-5);
    }

    [Fact]
    public void Another_model_of_the_same_architecture_draws_the_same_functions()
    {
        using BayesianSequential here = Model(), elsewhere = Model();
        elsewhere.load_state_dict(here.state_dict());
        var input = Normal(6, 2);
        ShouldBeClose(Sample(elsewhere, input, seed: 3, count: 5), Sample(here, input, seed: 3, count: 5), 0);
    }

    [Fact]
    public void Every_call_sees_the_same_functions()
    {
        using var model = Model();
        using var draws = new PosteriorDraws(seed: 1, count: 4);
        var input = Normal(6, 2);
        var all = model.Sample(input, draws);
        ShouldBeClose(cat([model.Sample(input.narrow(0, 0, 2), draws), model.Sample(input.narrow(0, 2, 4), draws)], 1), all, 1e-14);
        using (no_grad())
            foreach (var parameter in model.parameters())
                parameter.add_(1);
        ShouldBeClose(model.Sample(input, draws), all, 0, "also when the model is trained on");
    }

    [Fact]
    public void A_part_of_bound_draws_keeps_its_path_in_the_whole_model()
    {
        using var model = Model();
        var layer = (BayesianLinear)model.children().First();
        var input = Normal(6, 2);
        using PosteriorDraws wholeFirst = new(seed: 1, count: 4), partFirst = new(seed: 1, count: 4), unbound = new(seed: 1, count: 4);
        model.Sample(input, wholeFirst);
        partFirst.Bind(model);
        ShouldBeClose(layer.Sample(input, partFirst), layer.Sample(input, wholeFirst), 0);
        layer.Sample(input, unbound);
        model.Invoking(m => m.Sample(input, unbound)).Should().Throw<InvalidOperationException>().WithMessage(
            "The draws belong to a BayesianLinear, and BayesianSequential has the parameter 2.weight_mu*Bind*");
    }

    [Fact]
    public void Draws_of_another_model_are_refused()
    {
        using BayesianSequential model = Model(), other = Model();
        using var draws = new PosteriorDraws(seed: 1, count: 4);
        model.Sample(Normal(6, 2), draws);
        other.Invoking(m => m.Sample(Normal(6, 2), draws))
            .Should().Throw<InvalidOperationException>().WithMessage("*make PosteriorDraws for each model*");
        other.Invoking(m => m.Propagate(Normal(1, 6, 2), draws))
            .Should().Throw<InvalidOperationException>().WithMessage("*is not a parameter of the draws' model*");
    }

    [Fact]
    public void Parameters_replaced_after_binding_are_refused()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5));
        using var draws = new PosteriorDraws(seed: 1, count: 4);
        model.Sample(randn(3, 2), draws);
        model.to(float64);
        model.Invoking(m => m.Sample(Normal(3, 2), draws)).Should().Throw<InvalidOperationException>().WithMessage("*make new PosteriorDraws*");
    }

    [Theory]
    [InlineData(0, 0, "*samples is 0*")]
    [InlineData(1, -1, "first is -1; expected 0 to 2147483646*")]
    [InlineData(2, int.MaxValue - 1, "first is 2147483646; expected 0 to 2147483645*")]
    public void Numbers_outside_their_range_are_refused(int count, int first, string message)
    {
        var act = () => new PosteriorDraws(seed: 1, count, first);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }

    [Fact]
    public void The_last_draw_numbers_can_be_drawn()
    {
        using var model = Model();
        ShouldBeFinite(Sample(model, Normal(6, 2), seed: long.MinValue, count: 2, first: int.MaxValue - 2));
    }

    [Fact]
    public void Disposing_frees_the_draws_and_forbids_further_use()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5, dtype: float64));
        var input = Normal(6, 2);
        long before = LiveTensors();
        var draws = new PosteriorDraws(seed: 1, count: 4);
        model.Sample(input, draws).Dispose();
        LiveTensors().Should().Be(before + 2, "the weight and the bias are remembered");
        draws.Dispose();
        LiveTensors().Should().Be(before);
        model.Invoking(m => m.Sample(input, draws)).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void A_layer_used_twice_has_one_draw()
    {
        var shared = new BayesianLinear(2, 2, dtype: float64);
        using var model = new BayesianSequential(shared, new Twice(shared));
        using var draws = new PosteriorDraws(seed: 1, count: 3);
        var input = Normal(4, 2);
        var once = shared.Propagate(input.unsqueeze(0), Bound(draws, model));
        ShouldBeClose(model.Sample(input, draws), shared.Propagate(shared.Propagate(once, draws), draws), 1e-14);

        static PosteriorDraws Bound(PosteriorDraws draws, nn.Module model)
        {
            draws.Bind(model);
            return draws;
        }
    }

    private sealed class Twice : BayesianModule
    {
        private readonly BayesianLinear _layer;

        public Twice(BayesianLinear layer) : base(nameof(Twice))
        {
            register_module("layer", layer);
            _layer = layer;
        }

        public override Tensor Propagate(Tensor input, Pass pass) => _layer.Propagate(_layer.Propagate(input, pass), pass);
    }

    [Fact]
    public void Disposed_draws_refuse_a_part_too()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5, dtype: float64));
        var draws = new PosteriorDraws(seed: 1, count: 4);
        draws.Dispose();
        model.Invoking(m => m.Propagate(Normal(1, 6, 2), draws)).Should().Throw<ObjectDisposedException>();
    }
}
