using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of priors. A test class of a prior inherits them or one of the derived law classes.</summary>
public abstract class PriorLaws : TorchTest
{
    protected abstract Prior Prior { get; }

    /// <summary>Makes the prior of a weight tensor of the shape.</summary>
    protected virtual Prior For(params long[] shape) => Prior.For(shape, ScalarType.Float64);

    /// <summary>Returns the part of the KL divergence that counts once per weight tensor of the shape, not per weight.</summary>
    protected virtual double OnceForTensor(params long[] shape) => 0;

    /// <summary>Returns log p of weights [draws, …shape], summed over the weights of a draw: [draws].</summary>
    protected virtual Tensor LogPrior(Prior prior, Tensor weights) => prior.LogProbability(weights).flatten(1).sum(1L);

    protected static MeanFieldNormal Posterior(params long[] shape) =>
        new(new Parameter(Normal(shape)), new Parameter(Normal(shape).mul(0.5).sub(1)));

    protected static MeanFieldNormal Joined(MeanFieldNormal first, MeanFieldNormal second) =>
        new(cat([first.Mean, second.Mean], 0), cat([first.LogVariance, second.LogVariance], 0));

    [Fact]
    public void Density_integrates_to_one()
    {
        // At weights ±e^t, which cover a pole at 0 and heavy tails.
        const double reach = 60, step = 0.005;
        var logs = arange(-reach, reach, step, float64).unsqueeze(1);
        var prior = For(1);
        double mass = 0;
        foreach (double sign in new[] { -1.0, 1.0 })
            mass += prior.LogProbability(logs.exp().mul(sign)).add(logs).exp().sum().mul(step).ToDouble();
        mass.Should().BeApproximately(1, 1e-6);
    }

    [Fact]
    public void The_stated_standard_deviation_matches_the_density()
    {
        var prior = For(1);
        double stddev = prior.Stddev;
        stddev.Should().BePositive();
        if (double.IsFinite(stddev))
            Variance(20).Should().BeApproximately(stddev * stddev, 1e-6 * stddev * stddev);
        else
            Variance(20).Should().BeGreaterThan(1.5 * Variance(10), "a variance that is infinite grows with the range that is summed over");

        // At weights sinh(t), t from -reach to reach: dense around 0, where a density may have a pole, and far into the tails.
        double Variance(double reach)
        {
            const int points = 40_000;
            var steps = linspace(-reach, reach, points, float64).unsqueeze(1);
            var weights = steps.sinh();
            var mass = prior.LogProbability(weights).exp().mul(steps.cosh()).mul(2 * reach / (points - 1));
            double mean = mass.mul(weights).sum().ToDouble();
            return mass.mul(weights.sub(mean).square()).sum().ToDouble();
        }
    }

    [Fact]
    public void Kl_divergence_is_not_negative()
    {
        var prior = For(3);
        for (int i = 0; i < 50; i++)
            prior.KlDivergence(Posterior(3)).ToDouble().Should().BeGreaterThan(-1e-9);
    }

    [Fact]
    public void Kl_divergence_is_a_sum_over_weights()
    {
        MeanFieldNormal first = Posterior(3, 4), second = Posterior(2, 4), both = Joined(first, second);
        Own(both).Should().BeApproximately(Own(first) + Own(second), 1e-9);

        double Own(MeanFieldNormal posterior) => For(posterior.Mean.shape).KlDivergence(posterior).ToDouble() - OnceForTensor(posterior.Mean.shape);
    }

    [Fact]
    public void Kl_divergence_equals_its_monte_carlo_estimate()
    {
        using var _ = no_grad();
        var posterior = Posterior(5);
        var prior = For(5);
        const int draws = 200_000;
        var weights = posterior.Draw(draws, TorchNoise.Global);
        var own = LogNormalDensity(weights, posterior.Mean, posterior.Variance());
        var differences = own.sum(1L).sub(LogPrior(prior, weights));
        double error = differences.std().ToDouble() / Math.Sqrt(draws);
        prior.KlDivergence(posterior).ToDouble().Should().BeApproximately(differences.mean().ToDouble(), 5 * error);
    }

    [Theory]
    [InlineData(-80)]
    [InlineData(80)]
    public void Kl_divergence_and_its_gradient_stay_finite_at_extreme_variances(double logVariance)
    {
        var prior = For(4);
        var posterior = new MeanFieldNormal(new Parameter(tensor(new[] { 0, 0.5, -3, 40 })), new Parameter(full(4, logVariance, float64)));
        var divergence = prior.KlDivergence(posterior);
        ShouldBeFinite(divergence);
        divergence.backward();
        ShouldBeFinite(posterior.Mean.grad!);
        ShouldBeFinite(posterior.LogVariance.grad!);
        if (logVariance < 0)
            ShouldBeClose(posterior.LogVariance.grad!, full(4, -0.5, float64), 1e-12, "only the entropy feels a variance next to 0");
        foreach (var parameter in prior.Parameters?.parameters() ?? [])
            ShouldBeFinite(parameter.grad!);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 0.02)]
    [InlineData(ScalarType.Float16, 0.01)]
    public void Kl_divergence_in_lower_precision_matches_double_precision(ScalarType dtype, double tolerance)
    {
        var posterior = Posterior(40, 50);
        var rounded = new MeanFieldNormal(posterior.Mean.to(dtype), posterior.LogVariance.to(dtype));
        var prior = For(40, 50);
        double expected = prior.KlDivergence(new MeanFieldNormal(rounded.Mean.to(float64), rounded.LogVariance.to(float64))).ToDouble();
        prior.Parameters?.to(dtype);
        prior.KlDivergence(rounded).ToDouble().Should().BeApproximately(expected, tolerance * expected);
    }

    /// <summary>The permitted error of a weight's part of the divergence, in last places of single precision.</summary>
    protected virtual double LastPlacesOfAWeight => 4;

    /// <summary>
    /// Near its prior a weight's divergence is a small difference of numbers near 1, and the posterior's numbers are taken as they are. The rest
    /// is the single-precision rounding of each weight. In half precision the error was a fifth of the total.
    /// </summary>
    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void In_half_precision_a_divergence_near_the_prior_matches_double_precision(ScalarType dtype)
    {
        const int count = 100 * 100;
        var prior = For(100, 100);
        double scale = double.IsFinite(prior.Stddev) ? Math.Max(prior.Stddev, 0.1) : 1;
        Tensor mean = Normal(100, 100).mul(0.05 * scale).to(dtype), logVariance = Normal(100, 100).mul(0.05).add(2 * Math.Log(scale)).to(dtype);
        prior.Parameters?.to(dtype);
        using var noGrad = no_grad();
        MeanFieldNormal half = new(mean, logVariance), wide = new(mean.to(float64), logVariance.to(float64));
        var draws = half.Draw(3, TorchNoise.Global);
        var found = new List<Tensor> { prior.KlDivergence(half), prior.KlDivergence(half, draws) };
        if (prior is IKlGradient inOnePass)
            found.Add(inOnePass.AddKlGradient(half, half.Variance(), zeros_like(mean), zeros_like(mean), weight: 1));
        var logDensities = prior.LogProbability(draws);
        prior.Parameters?.to(float64);
        double expected = prior.KlDivergence(wide).ToDouble(), expectedOfDraws = prior.KlDivergence(wide, draws.to(float64)).ToDouble();

        double bound = count * LastPlacesOfAWeight * Math.Pow(2, -23);
        for (int i = 0; i < found.Count; i++)
            found[i].ToDouble().Should().BeApproximately(i == 1 ? expectedOfDraws : expected, bound, "way {0}", i);
        // A custom prior may compute in the type of its input; the divergences above pass it single precision.
        if (prior.GetType().Assembly != typeof(Prior).Assembly)
            return;
        logDensities.dtype.Should().Be(ScalarType.Float32);
        ShouldBeClose(logDensities, prior.LogProbability(draws.to(float64)), 2e-5);
    }

    [Fact]
    public void A_divergence_leaves_no_other_tensor()
    {
        var posterior = Posterior(3, 4);
        var prior = For(3, 4);
        var draws = posterior.Draw(2, TorchNoise.Global);
        using var noGrad = no_grad();
        long before = LiveTensors();
        using (prior.KlDivergence(posterior))
        using (prior.KlDivergence(posterior, draws))
        using (prior.LogProbability(draws))
            LiveTensors().Should().Be(before + 3);
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void The_text_has_the_same_numbers_in_every_culture()
    {
        string name = Prior.ToString()!;
        name.Should().StartWith(Prior.GetType().Name + "(");
        using var foreign = new ForeignCulture();
        Prior.ToString().Should().Be(name);
    }

    protected static Tensor LogNormalDensity(Tensor values, Tensor mean, Tensor variance) =>
        values.sub(mean).square().div(variance).add(variance.log()).add(Math.Log(2 * Math.PI)).mul(-0.5);
}
