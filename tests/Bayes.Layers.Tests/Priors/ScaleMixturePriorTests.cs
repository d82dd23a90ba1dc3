using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Golden;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Priors;

public sealed class ScaleMixturePriorTests : DensityPriorLaws
{
    protected override double LastPlacesOfAWeight => 32;

    protected override Prior Prior => new ScaleMixturePrior(pi: 0.25, stddev1: 1, stddev2: Math.Exp(-6));

    protected override double Accuracy => 1e-7;

    protected override double Width => Math.Exp(-6);

    [Fact]
    public void A_wide_component_of_tiny_weight_does_not_change_the_divergence()
    {
        using var layer = new BayesianLinear(2, 1, prior: new ScaleMixturePrior(double.Epsilon, 10, 0.8), dtype: float64);
        using var narrow = new NormalPrior(stddev: 0.8).KlDivergence(layer.WeightPosterior);
        layer.WeightPrior.KlDivergence(layer.WeightPosterior).ToDouble().Should().BeApproximately(narrow.ToDouble(), 1e-6);
    }

    [Fact]
    public void The_density_matches_golden_values()
    {
        var prior = new ScaleMixturePrior(
            GoldenData.Number("scale_mixture", "pi"), GoldenData.Number("scale_mixture", "stddev1"), GoldenData.Number("scale_mixture", "stddev2"));
        ShouldBeClose(prior.LogProbability(GoldenData.Tensor("scale_mixture", "weight")), GoldenData.Tensor("scale_mixture", "log_prob"), 1e-13);
    }

    [Fact]
    public void The_defaults_are_those_of_the_paper()
    {
        var prior = new ScaleMixturePrior();
        (prior.Pi, prior.Stddev1).Should().Be((0.25, 1));
        prior.Stddev2.Should().BeApproximately(Math.Exp(-6), 1e-18);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void A_floor_under_the_density_does_not_kill_the_gradient_far_from_zero(ScalarType dtype)
    {
        // log(p + 1e-6) has no gradient if p underflows to 0, so the weights that need the prior most would not feel it.
        var weight = tensor(new[] { 5, -20, 50, 1000.0 }, dtype).requires_grad_();
        Prior.LogProbability(weight).sum().backward();
        ShouldBeClose(weight.grad!, weight.neg().detach(), 1e-6, "that of the wide component, −w / 1²");
        ShouldBeFinite(Prior.LogProbability(weight));
    }

    [Fact]
    public void The_scales_are_standard_deviations_and_not_variances()
    {
        var prior = new ScaleMixturePrior(pi: 0.5, stddev1: 4, stddev2: 0.5);
        prior.LogProbability(zeros(1, float64)).exp().ToDouble().Should()
            .BeApproximately((0.5 / 4 + 0.5 / 0.5) / Math.Sqrt(2 * Math.PI), 1e-14);
        prior.Stddev.Should().BeApproximately(Math.Sqrt(0.5 * 16 + 0.5 * 0.25), 1e-14);
    }

    [Fact]
    public void With_nearly_equal_components_it_is_normal()
    {
        var posterior = Posterior(20);
        new ScaleMixturePrior(0.3, 2, 2 - 1e-9).KlDivergence(posterior).ToDouble().Should()
            .BeApproximately(new NormalPrior(stddev: 2).KlDivergence(posterior).ToDouble(), 1e-6);
    }

    [Theory]
    [InlineData(0.01, 3, 1e-4)]
    [InlineData(0.99, 1, 0.01)]
    [InlineData(0.5, 2, 0.5)]
    public void Other_mixtures_are_nearly_as_exact(double pi, double stddev1, double stddev2)
    {
        var prior = new ScaleMixturePrior(pi, stddev1, stddev2);
        foreach (double stddev in new[] { 0.3 * stddev2, stddev2, 3 * stddev2, 20 * stddev2, stddev1 })
        {
            var posterior = new MeanFieldNormal(full(1, stddev2, float64), full(1, 2 * Math.Log(stddev), float64));
            prior.KlDivergence(posterior).ToDouble()
                .Should().BeApproximately(BySimpson(prior, stddev2, stddev2, stddev), 1e-6, "sigma is {0}", stddev);
        }
    }

    [Theory]
    [InlineData(0, 1, 0.1, "pi is 0; expected a number above 0 and below 1*")]
    [InlineData(1, 1, 0.1, "pi is 1; expected a number above 0 and below 1*")]
    [InlineData(0.5, 0, 0.1, "stddev1 is 0; expected a finite number above 0*")]
    [InlineData(0.5, 1, -1, "stddev2 is -1; expected a finite number above 0*")]
    [InlineData(0.5, 1, 1, "stddev2 is 1; expected a number below stddev1, 1: the first component is the wide one*")]
    [InlineData(0.5, 1, 1e-200, "stddev2 is 1E-200; expected a number whose 1 / stddev2² is finite*")]
    public void Values_outside_their_range_are_refused(double pi, double stddev1, double stddev2, string message)
    {
        var act = () => new ScaleMixturePrior(pi, stddev1, stddev2);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }
}
