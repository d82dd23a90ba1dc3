using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Priors;

public sealed class StandardNormalPriorTests : ClosedFormPriorLaws
{
    protected override Prior Prior => NormalPrior.Standard;

    [Fact]
    public void Kl_divergence_to_itself_is_zero()
    {
        var posterior = new MeanFieldNormal(zeros(7, float64), zeros(7, float64));
        Prior.KlDivergence(posterior).ToDouble().Should().BeApproximately(0, 1e-15);
    }
}

public sealed class NormalPriorTests : ClosedFormPriorLaws
{
    protected override Prior Prior => new NormalPrior(mean: -0.7, stddev: 2.5);

    [Fact]
    public void The_scale_is_a_standard_deviation_and_not_a_variance()
    {
        var prior = new NormalPrior(stddev: 3);
        var posterior = new MeanFieldNormal(zeros(1, float64), full(1, Math.Log(9), float64));
        prior.KlDivergence(posterior).ToDouble().Should().BeApproximately(0, 1e-14);
        prior.LogProbability(zeros(1, float64)).ToDouble().Should().BeApproximately(-Math.Log(3 * Math.Sqrt(2 * Math.PI)), 1e-14);
    }

    [Fact]
    public void The_density_is_highest_at_the_mean()
    {
        var points = tensor(new[] { -0.71, -0.7, -0.69, 0, 0.7 });
        Prior.LogProbability(points).argmax().ToInt64().Should().Be(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e-200)]
    public void A_standard_deviation_outside_its_range_is_refused(double stddev)
    {
        var act = () => new NormalPrior(stddev: stddev);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("stddev is*expected a *number*above 0*");
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void A_mean_that_is_not_finite_is_refused(double mean)
    {
        var act = () => new NormalPrior(mean);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("mean is*expected a finite number*");
    }
}
