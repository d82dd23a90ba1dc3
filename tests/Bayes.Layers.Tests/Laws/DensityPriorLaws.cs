using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of priors whose KL divergence has no closed form.</summary>
public abstract class DensityPriorLaws : PriorLaws
{
    /// <summary>The permitted error of the numeric integral, in nats per weight.</summary>
    protected abstract double Accuracy { get; }

    /// <summary>The width of the density's finest feature.</summary>
    protected abstract double Width { get; }

    [Fact]
    public void The_integral_is_exact_for_any_width_of_the_posterior()
    {
        using var _ = no_grad();
        foreach (double ratio in new[] { 1e-6, 0.01, 0.1, 0.3, 1, 3, 10, 30, 100, 1000 })
            foreach (double distance in new[] { 0, 0.5, 1, 2, 3.7, 5, 10, 50 })
            {
                double mean = distance * Width, stddev = ratio * Width;
                var posterior = new MeanFieldNormal(full(1, mean, float64), full(1, 2 * Math.Log(stddev), float64));
                Prior.KlDivergence(posterior).ToDouble().Should()
                    .BeApproximately(BySimpson(Prior, Width, mean, stddev), Accuracy, "sigma / width is {0} and mu / width {1}", ratio, distance);
            }
    }

    /// <summary>
    /// Returns the divergence of N(mean, stddev²) by Simpson's rule between many points: over the whole normal, and more densely over the
    /// density's feature at 0.
    /// </summary>
    protected static double BySimpson(Prior prior, double width, double mean, double stddev)
    {
        double low = mean - 9 * stddev, high = mean + 9 * stddev;
        var points = cat([linspace(low, high, 4_000, float64), linspace(-60 * width, 60 * width, 8_000, float64).clamp(low, high)], 0).sort().Values;
        Tensor from = points[..^1], to = points[1..];
        var sum = Integrand(from).add(Integrand(from.add(to).div(2)).mul(4)).add(Integrand(to)).mul(to.sub(from)).sum().div(6);
        return -Math.Log(stddev) - 0.5 * Math.Log(2 * Math.PI * Math.E) - sum.ToDouble();

        Tensor Integrand(Tensor weights) =>
            prior.LogProbability(weights).mul(LogNormalDensity(weights, tensor(mean), tensor(stddev * stddev)).exp());
    }

    [Fact]
    public void The_gradient_of_the_integral_is_the_integral_of_the_gradient()
    {
        var posterior = Posterior(3, 4);
        Prior.KlDivergence(posterior).backward();
        const double step = 1e-4;
        using var _ = no_grad();
        foreach (var (parameter, gradient) in new[] { (posterior.Mean, posterior.Mean.grad!), (posterior.LogVariance, posterior.LogVariance.grad!) })
            for (int i = 0; i < 12; i++)
            {
                var element = parameter.view(-1)[i];
                element.add_(step);
                double above = Prior.KlDivergence(posterior).ToDouble();
                element.sub_(2 * step);
                double below = Prior.KlDivergence(posterior).ToDouble();
                element.add_(step);
                gradient.view(-1)[i].ToDouble().Should().BeApproximately((above - below) / (2 * step), 1e-5);
            }
    }

    [Fact]
    public void The_estimate_from_draws_is_unbiased()
    {
        var posterior = Posterior(5);
        const int draws = 100_000;
        var weights = posterior.Draw(draws, TorchNoise.Global);
        var estimate = Prior.KlDivergence(posterior, weights);
        double error = Prior.LogProbability(weights).sum(1L).std().ToDouble() / Math.Sqrt(draws);
        estimate.ToDouble().Should().BeApproximately(Prior.KlDivergence(posterior).ToDouble(), 5 * error);
    }

    [Fact]
    public void The_estimate_and_its_gradient_match_a_calculation_by_hand()
    {
        var posterior = Posterior(2, 3);
        var epsilon = Normal(2, 2, 3);
        Prior.KlDivergence(posterior, posterior.Draw(2, new GivenNoise(epsilon))).backward();
        Tensor mean = new Parameter(posterior.Mean.detach()), logVariance = new Parameter(posterior.LogVariance.detach());
        var weights = mean + logVariance.div(2).exp() * epsilon;
        // Blundell's log q(w) − log p(w) has −½ eps² in place of its expectation, and the same gradient.
        var byHand = LogNormalDensity(weights, mean, logVariance.exp()).sub(Prior.LogProbability(weights)).sum().div(2);
        byHand.backward();
        ShouldBeClose(posterior.Mean.grad!, mean.grad!, 1e-10);
        ShouldBeClose(posterior.LogVariance.grad!, logVariance.grad!, 1e-10);
        Prior.KlDivergence(posterior, weights).ToDouble().Should()
            .BeApproximately(byHand.ToDouble() + epsilon.square().sub(1).sum().ToDouble() / 4, 1e-10);
    }

    [Fact]
    public void Draws_of_another_shape_are_refused()
    {
        Prior.HasClosedForm.Should().BeFalse();
        Prior.Invoking(p => p.KlDivergence(Posterior(2, 3), Normal(5, 3, 2))).Should().Throw<ArgumentException>()
            .WithMessage("The draws have shape [5, 3, 2]; expected at least one draw of shape [2, 3], along axis 0*");
        Prior.Invoking(p => p.KlDivergence(Posterior(2, 3), Normal(0, 2, 3))).Should().Throw<ArgumentException>();
    }
}
