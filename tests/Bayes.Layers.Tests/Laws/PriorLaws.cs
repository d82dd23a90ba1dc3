using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Laws;

/// <summary>What every prior obeys; a test class of a prior inherits it.</summary>
public abstract class PriorLaws : TorchTest
{
    protected abstract Prior Prior { get; }

    private static MeanFieldNormal Posterior(params long[] shape) =>
        new(new Parameter(Normal(shape)), new Parameter(Normal(shape).mul(0.5).sub(1)));

    [Fact]
    public void Density_integrates_to_one()
    {
        var grid = linspace(-60, 60, 1_200_001, float64);
        Prior.LogProbability(grid).exp().sum().mul(1e-4).ToDouble().Should().BeApproximately(1, 1e-6);
    }

    [Fact]
    public void The_stated_standard_deviation_is_that_of_the_density()
    {
        double stddev = Prior.Stddev;
        stddev.Should().BePositive();
        if (double.IsFinite(stddev))
            Variance(20).Should().BeApproximately(stddev * stddev, 1e-6 * stddev * stddev);
        else
            Variance(20).Should().BeGreaterThan(1.5 * Variance(10), "a variance that is infinite grows with the range that is summed over");

        // At weights sinh(t), t from -reach to reach: dense around 0, where a density may have a pole, and far into the tails.
        double Variance(double reach)
        {
            const int points = 400_000;
            var steps = linspace(-reach, reach, points, float64);
            var weights = steps.sinh();
            var mass = Prior.LogProbability(weights).exp().mul(steps.cosh()).mul(2 * reach / (points - 1));
            double mean = mass.mul(weights).sum().ToDouble();
            return mass.mul(weights.sub(mean).square()).sum().ToDouble();
        }
    }

    [Fact]
    public void Kl_divergence_is_not_negative()
    {
        for (int i = 0; i < 50; i++)
            Prior.KlDivergence(Posterior(3)).ToDouble().Should().BeGreaterThan(-1e-9);
    }

    [Fact]
    public void Kl_divergence_is_a_sum_over_weights()
    {
        MeanFieldNormal first = Posterior(3, 4), second = Posterior(3, 4);
        var both = new MeanFieldNormal(cat([first.Mean, second.Mean], 0), cat([first.LogVariance, second.LogVariance], 0));
        Prior.KlDivergence(both).ToDouble().Should()
            .BeApproximately(Prior.KlDivergence(first).ToDouble() + Prior.KlDivergence(second).ToDouble(), 1e-9);
    }

    [Fact]
    public void Kl_divergence_equals_its_monte_carlo_estimate()
    {
        using var _ = no_grad();
        var posterior = Posterior(5);
        const int draws = 200_000;
        var weights = posterior.Draw(draws, TorchNoise.Global);
        var own = new NormalLogDensity(posterior).Of(weights);
        var differences = own.sub(Prior.LogProbability(weights)).sum(1L);
        double error = differences.std().ToDouble() / Math.Sqrt(draws);
        Prior.KlDivergence(posterior).ToDouble().Should().BeApproximately(differences.mean().ToDouble(), 5 * error);
    }

    [Theory]
    [InlineData(-80)]
    [InlineData(80)]
    public void Kl_divergence_and_its_gradient_stay_finite_at_extreme_variances(double logVariance)
    {
        var posterior = new MeanFieldNormal(new Parameter(zeros(4, float64)), new Parameter(full(4, logVariance, float64)));
        var divergence = Prior.KlDivergence(posterior);
        ShouldBeFinite(divergence);
        divergence.backward();
        ShouldBeFinite(posterior.LogVariance.grad!);
    }

    private sealed class NormalLogDensity(MeanFieldNormal normal)
    {
        public Tensor Of(Tensor weights) => weights.sub(normal.Mean).square().div(normal.Variance())
            .add(normal.LogVariance).add(Math.Log(2 * Math.PI)).mul(-0.5);
    }
}
