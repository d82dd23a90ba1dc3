using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of bilinear maps. A test class of a map inherits them.</summary>
public abstract class MapLaws : TorchTest
{
    private const double Tolerance = 1e-12;
    private const int Draws = 4;

    /// <summary>Makes the map.</summary>
    protected abstract BilinearMap Map { get; }

    /// <summary>Returns an input [draws, 3, …] of the type that fits Float64 weights.</summary>
    protected abstract Tensor Input(long draws);

    private Tensor Weight() => Normal([.. Map.WeightShape]);
    private Tensor Bias() => Normal([.. Map.BiasShape]);
    private Tensor Weights() => Normal([Draws, .. Map.WeightShape]);
    private Tensor Biases() => Normal([Draws, .. Map.BiasShape]);

    [Theory]
    [InlineData(1)]
    [InlineData(Draws)]
    public void Is_linear_in_the_input(long draws)
    {
        // Indices cannot be added: tests of such a map compare it with an input of numbers instead.
        if (Map.InputType(float64) != ScalarType.Float64)
            return;
        Tensor x = Input(draws), y = Input(draws), w = Weight();
        ShouldBeClose(Map.Apply(2 * x - 3 * y, w), 2 * Map.Apply(x, w) - 3 * Map.Apply(y, w), Tolerance);
        var ws = Weights();
        ShouldBeClose(Map.ApplyPerDraw(2 * x - 3 * y, ws), 2 * Map.ApplyPerDraw(x, ws) - 3 * Map.ApplyPerDraw(y, ws), Tolerance);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(Draws)]
    public void Is_linear_in_the_weight(long draws)
    {
        Tensor x = Input(draws), v = Weight(), w = Weight();
        ShouldBeClose(Map.Apply(x, 2 * v - 3 * w), 2 * Map.Apply(x, v) - 3 * Map.Apply(x, w), Tolerance);
        Tensor vs = Weights(), ws = Weights();
        ShouldBeClose(Map.ApplyPerDraw(x, 2 * vs - 3 * ws), 2 * Map.ApplyPerDraw(x, vs) - 3 * Map.ApplyPerDraw(x, ws), Tolerance);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(Draws, true)]
    [InlineData(Draws, false)]
    public void Per_draw_equals_the_loop(long draws, bool hasBias)
    {
        Tensor x = Input(draws), ws = Weights();
        var bs = hasBias ? Biases() : null;
        var loop = cat([.. Enumerable.Range(0, Draws).Select(s => Map.Apply(x.narrow(0, draws == 1 ? 0 : s, 1), ws[s], bs?[s]))], 0);
        ShouldBeClose(Map.ApplyPerDraw(x, ws, bs), loop, Tolerance);
    }

    [Fact]
    public void A_bias_adds_the_same_to_every_row_and_draw()
    {
        Tensor x = Input(Draws), w = Weight(), b = Bias();
        var difference = Map.Apply(x, w, b) - Map.Apply(x, w);
        ShouldBeClose(difference, Map.Apply(x, zeros_like(w), b), Tolerance);
        difference.sum().ToDouble().Should().BeApproximately(b.sum().ToDouble() * difference.numel() / b.numel(), 1e-9);
    }

    [Fact]
    public void Squares_give_the_exact_variance_of_the_output()
    {
        // The output is a sum of w_ij x_j, so Var = L(x², sigma²). The exact value comes from the map's Jacobian in w.
        Tensor x = Input(1), w = Weight().requires_grad_(), variance = Weight().abs();
        var output = Map.Apply(x, w);
        var exact = empty_like(output);
        for (long i = 0; i < output.numel(); i++)
        {
            var row = autograd.grad([output.flatten()[i]], [w], retain_graph: true)[0];
            exact.detach().flatten()[i] = row.square().mul(variance).sum();
        }
        ShouldBeClose(Map.ApplyToVariance(x, variance), exact, Tolerance);
    }

    [Theory]
    [InlineData("Reparameterization")]
    [InlineData("LocalReparameterization")]
    [InlineData("Flipout")]
    public void Every_estimator_has_the_maps_own_mean_and_variance(string name)
    {
        using var _ = no_grad();
        const int samples = 10_000;
        var weight = new MeanFieldNormal(Weight(), Weight().mul(0.3).sub(1));
        var bias = new MeanFieldNormal(Bias(), Bias().mul(0.3).sub(1));
        Estimator estimator = name switch
        {
            "Reparameterization" => new Reparameterization(samples),
            "LocalReparameterization" => new LocalReparameterization(samples),
            _ => new Flipout(samples),
        };
        var input = Input(1).narrow(1, 0, 1);
        var outputs = estimator.Estimate(Map, input, weight, bias);
        var mean = Map.Apply(input, weight.Mean, bias.Mean);
        var variance = Map.ApplyToVariance(input, weight.Variance(), bias.Variance());
        outputs.shape.Should().Equal([samples, .. mean.shape[1..]]);
        Values(outputs.mean([0L]).sub(mean[0]).div(variance[0].sqrt()).abs()).Max().Should().BeLessThan(6 / Math.Sqrt(samples));
        Values(outputs.var(0L).div(variance[0]).sub(1).abs()).Max().Should().BeLessThan(6 * Math.Sqrt(2.0 / samples));
    }

    /// <summary>A fault of another library: noise per place of an image or sequence makes sums over the places look far more certain than they
    /// are.</summary>
    [Theory]
    [InlineData("Reparameterization")]
    [InlineData("LocalReparameterization")]
    [InlineData("Flipout")]
    public void The_places_of_a_row_share_its_weights(string name)
    {
        const int samples = 10_000;
        var weight = new MeanFieldNormal(Weight(), Weight().mul(0.3).sub(1));
        var bias = new MeanFieldNormal(Bias(), Bias().mul(0.3).sub(1));
        var input = Input(1).narrow(1, 0, 1);
        // The sum of a row is linear in the weights: Var = Σ (∂ sum / ∂ w)² sigma².
        Tensor w = Weight().requires_grad_(), b = Bias().requires_grad_();
        var slopes = autograd.grad([Map.Apply(input, w, b).sum()], [w, b]);
        double variance = (slopes[0].square().mul(weight.Variance()).sum() + slopes[1].square().mul(bias.Variance()).sum()).ToDouble();

        using var _ = no_grad();
        Estimator estimator = name switch
        {
            "Reparameterization" => new Reparameterization(samples),
            "LocalReparameterization" => new LocalReparameterization(samples),
            _ => new Flipout(samples),
        };
        var sums = estimator.Estimate(Map, input, weight, bias).flatten(1).sum(1);
        (sums.var().ToDouble() / variance).Should().BeApproximately(1, 6 * Math.Sqrt(2.0 / samples));
    }

    [Fact]
    public void A_wrong_number_of_draws_is_refused()
    {
        var act = () => Map.ApplyPerDraw(Input(Draws - 1), Weights());
        act.Should().Throw<ArgumentException>().WithMessage($"*{Draws - 1} draws*expected 1 or {Draws}*");
    }
}
