using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Priors;

public abstract class HorseshoePriorLaws(int? axis) : HierarchicalPriorLaws
{
    private const double Guess = 0.6;

    protected override double LastPlacesOfAWeight => 32;

    protected override Prior Prior { get; } = new HorseshoePrior(Guess, axis);

    protected override double[] Scales(Prior prior) => Values(((HorseshoePrior)prior).WeightScales());

    protected override (double, double) Range => (Guess * 1e-8, Guess * 1e8);

    private static long Count(long[] shape) => shape.Aggregate(1L, (all, size) => all * size);

    private static double Spread(long count) => 1 / (2 * (count + 1.0));

    private long Groups(long[] shape) => axis is not { } along ? Count(shape) : along < shape.Length ? shape[along] : 1;

    /// <summary>
    /// Returns the divergence of tau, by summation over log tau² and a together, plus E[log tau] − log E[1/tau²]^(−½) for each weight.
    /// </summary>
    protected override double OnceForTensor(params long[] shape)
    {
        long count = Count(shape);
        double once = ScaleDivergence(Math.Log(Guess), Spread(count), Guess) + count * Spread(count);
        // A lambda shared by all weights also counts once.
        if (axis is { } along && along >= shape.Length)
            once += ScaleDivergence(0, Spread(count), 1) + count * Spread(count);
        // The part that does not grow when tensors are joined into one group.
        if (axis == 1 && shape.Length == 2)
            once += shape[1] * (ScaleDivergence(0, Spread(shape[0]), 1) + shape[0] * Spread(shape[0]));
        return once;
    }

    private static double ScaleDivergence(double logScale, double spread, double cauchyScale)
    {
        double mean = 2 * (logScale + spread), variance = 4 * spread;
        var logs = linspace(mean - 10 * Math.Sqrt(variance), mean + 10 * Math.Sqrt(variance), 801, float64).unsqueeze(1);
        double rate = 1 / (cauchyScale * cauchyScale) + Math.Exp(-2 * logScale);
        var auxiliary = linspace(Math.Log(rate) - 5, Math.Log(rate) + 38, 1601, float64).unsqueeze(0);
        var own = LogNormalDensity(logs, tensor(mean), tensor(variance)).sub(logs).add(LogInverseGamma(auxiliary, tensor(1.0), tensor(rate)));
        var prior = LogInverseGamma(logs, tensor(0.5), auxiliary.neg().exp()).add(
            LogInverseGamma(auxiliary, tensor(0.5), tensor(1 / (cauchyScale * cauchyScale))));
        double cell = 20 * Math.Sqrt(variance) / 800 * (43.0 / 1600);
        return own.add(logs).add(auxiliary).exp().mul(own.sub(prior)).sum().mul(cell).ToDouble();
    }

    /// <summary>Returns log p(w | lambda, tau) plus log p − log q of all scales and of their a, at draws.</summary>
    protected override Tensor LogPrior(Prior prior, Tensor weights)
    {
        long draws = weights.shape[0], count = weights[0].numel(), groups = Groups(weights.shape[1..]);
        var (global, globalTerm) = Scale(tensor(Math.Log(Guess)), Spread(count), Guess);
        var (local, localTerm) = Scale(zeros(groups, float64), Spread(count / groups), 1);
        var log = local + global.unsqueeze(1);
        // The law's weights have one axis, so a group is one weight or all of them.
        var given = LogNormalDensity(weights, tensor(0.0), log.mul(2).exp());
        return given.sum(1L) + globalTerm + localTerm.sum(1L);

        (Tensor Log, Tensor Term) Scale(Tensor logScale, double spread, double cauchyScale)
        {
            var (scale, own) = DrawScale(draws, logScale, spread);
            double rate = 1 / (cauchyScale * cauchyScale) + Math.Exp(-2 * logScale.mean().ToDouble());
            // An inverse gamma(1, rate) variable is the rate divided by an exponential one.
            var auxiliary = rand(scale.shape, float64).log().neg().reciprocal().mul(rate).log();
            var joint = LogInverseGamma(scale.mul(2), tensor(0.5), auxiliary.neg().exp())
                + LogInverseGamma(auxiliary, tensor(0.5), tensor(1 / (cauchyScale * cauchyScale)));
            return (scale, joint - own - LogInverseGamma(auxiliary, tensor(1.0), tensor(rate)));
        }
    }
}

public sealed class HorseshoePriorOfWeightsTests() : HorseshoePriorLaws(null);

public sealed class HorseshoePriorOfUnitsTests() : HorseshoePriorLaws(0);

public sealed class HorseshoePriorOfInputsTests() : HorseshoePriorLaws(1);

public sealed class HorseshoePriorTests : TorchTest
{
    private static MeanFieldNormal Fixed(Tensor mean, double stddev) => new(mean, full_like(mean, 2 * Math.Log(stddev)));

    private static void Fit(Prior prior, MeanFieldNormal posterior)
    {
        using var optimizer = optim.Adam(prior.Parameters!.parameters(), lr: 0.05, beta2: 0.95);
        for (int i = 0; i < 1000; i++)
        {
            if (i % 250 == 249)
                optimizer.ParamGroups.Single().LearningRate /= 5;
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            prior.KlDivergence(posterior).backward();
            optimizer.step();
        }
    }

    [Fact]
    public void Local_scales_follow_their_weights_and_solve_their_equation()
    {
        // Six units of 40 weights: four near 0, two large.
        var sizes = tensor(new[] { 0.01, 0.01, 0.02, 0.01, 1.0, 3.0 }).unsqueeze(1);
        var posterior = Fixed(Normal(6, 40) * sizes, 0.01);
        var prior = (HorseshoePrior)new HorseshoePrior(scale: 0.1, axis: 0).For([6, 40], ScalarType.Float64);
        Fit(prior, posterior);

        Tensor global = prior.Parameters!.get_parameter("log_global_scale")!, local = prior.Parameters.get_parameter("log_local_scale")!;
        double variance = Math.Exp(2 * global.ToDouble());
        double[] squares = Values((posterior.Mean.square() + posterior.Variance()).sum(1L)), roots = [.. squares.Select(Root)];
        ShouldBeClose(local.exp(), tensor(roots), 0.01);
        squares.Zip(roots, (square, scale) => square / (variance * scale * scale)).Sum().Should()
            .BeApproximately(240 + 1 - 2 * 0.01 / (0.01 + variance), 2, "that is the equation of tau");

        using (no_grad())
            local.copy_(tensor(roots).log());
        local.grad = null;
        prior.KlDivergence(posterior).backward();
        ShouldBeClose(local.grad!, zeros(6, float64), 1e-11, "at the roots exactly");

        double[] scales = Values(prior.WeightScales()[.., 0]);
        scales[..4].Should().OnlyContain(scale => scale < 0.04);
        scales[4].Should().BeApproximately(1, 0.3);
        scales[5].Should().BeApproximately(3, 0.9);

        // (n + 1) r² (r² + 1) = x (r² + 1) + 2 r² with x = Σ(mu² + sigma²) / tau² and r² = 1 / E[1/lambda²].
        double Root(double sum)
        {
            double x = sum / variance, linear = 40 + 1 - x - 2;
            return Math.Sqrt((-linear + Math.Sqrt(linear * linear + 4 * (40 + 1) * x)) / (2 * (40 + 1)));
        }
    }

    [Fact]
    public void Large_weights_are_hardly_shrunk_and_small_ones_are()
    {
        // Compares ∂KL/∂mu · mu with that of a normal prior with one learned scale.
        var mean = Normal(200).mul(0.02);
        mean[..5] = 2;
        Tensor horseshoe = Pull(new HorseshoePrior(scale: 0.1)), normal = Pull(new LearnedScalePrior());
        horseshoe[..5].max().ToDouble().Should().BeLessThan(0.2 * normal[..5].max().ToDouble());
        horseshoe[5..].abs().median().ToDouble().Should().BeGreaterThan(20 * normal[5..].abs().median().ToDouble());

        Tensor Pull(Prior template)
        {
            var prior = template.For([200], ScalarType.Float64);
            Fit(prior, Fixed(mean, 0.02));
            var weight = mean.clone().requires_grad_();
            prior.KlDivergence(Fixed(weight, 0.02)).backward();
            return weight.grad!.mul(mean);
        }
    }

    [Fact]
    public void The_density_is_that_of_the_horseshoe()
    {
        // e^x E1(x) at x = w² / 2 = ½, 1 and 2 (Abramowitz & Stegun 1964, table 5.1): E1 is 0.559773595, 0.219383934, 0.048900511.
        var density = new HorseshoePrior().LogProbability(tensor(new[] { 1, Math.Sqrt(2), 2 })).exp();
        var expected =
            tensor(new[] { Math.Exp(0.5) * 0.559773595, Math.E * 0.219383934, Math.Exp(2) * 0.048900511 }).div(Math.Sqrt(2 * Math.Pow(Math.PI, 3)));
        ShouldBeClose(density.div(expected), ones(3, float64), 1e-8);
    }

    [Fact]
    public void The_density_lies_within_its_known_bounds()
    {
        // K/2 log(1 + 4/w²) < p(w) < K log(1 + 2/w²), K = (2π³)^(−½): theorem 1 of Carvalho, Polson & Scott 2010.
        double k = 1 / Math.Sqrt(2 * Math.Pow(Math.PI, 3));
        foreach (double w in new[] { 1e-7, 1e-3, 0.1, 1, 10, 1e4 })
        {
            double density = new HorseshoePrior().LogProbability(tensor(new[] { w })).exp().ToDouble();
            density.Should().BeInRange(k / 2 * double.LogP1(4 / (w * w)), k * double.LogP1(2 / (w * w)));
        }
    }

    [Fact]
    public void A_prior_without_a_layer_has_no_learned_scales()
    {
        new HorseshoePrior().Invoking(prior => prior.WeightScales())
            .Should().Throw<InvalidOperationException>().WithMessage("The prior belongs to no layer*");
        using var layer = new BayesianLinear(4, 3, prior: new HorseshoePrior(scale: 0.5, axis: 1), dtype: float64);
        ShouldBeClose(((HorseshoePrior)layer.WeightPrior).WeightScales(), full([3, 4], 0.5, float64), 1e-14);
        layer.state_dict()["weight_prior.log_local_scale"].shape.Should().Equal(4);
        layer.state_dict()["bias_prior.log_local_scale"].shape.Should().Equal(1);
    }

    [Theory]
    [InlineData(0, null, "scale is 0; expected a finite number above 0*")]
    [InlineData(1, -1, "axis is -1; expected a number of at least 0, or null*")]
    public void Values_outside_their_range_are_refused(double scale, int? axis, string message)
    {
        var act = () => new HorseshoePrior(scale, axis);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }
}
