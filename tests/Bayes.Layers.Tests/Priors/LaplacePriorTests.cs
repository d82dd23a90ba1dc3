using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Priors;

public sealed class LaplacePriorTests : ClosedFormPriorLaws
{
    protected override Prior Prior => new LaplacePrior(mean: -0.7, scale: 1.5);

    [Fact]
    public void The_mean_distance_matches_the_folded_normal()
    {
        // With mu at the mean, E|w − m| = sigma √(2/π).
        var posterior = new MeanFieldNormal(full(1, -0.7, float64), full(1, Math.Log(9), float64));
        Prior.KlDivergence(posterior).ToDouble().Should()
            .BeApproximately(Math.Log(3) - 0.5 * Math.Log(2 * Math.PI * Math.E * 9) + 3 * Math.Sqrt(2 / Math.PI) / 1.5, 1e-14);
    }

    [Fact]
    public void Far_from_the_mean_the_gradient_is_one_over_the_scale()
    {
        var posterior = new MeanFieldNormal(tensor(new[] { 1e6, -1e6 }).requires_grad_(), full(2, -80.0, float64));
        Prior.KlDivergence(posterior).backward();
        ShouldBeClose(posterior.Mean.grad!, tensor(new[] { 1 / 1.5, -1 / 1.5 }), 1e-14);
    }

    [Theory]
    [InlineData(double.NaN, 1, "mean is NaN; expected a finite number*")]
    [InlineData(0, 0, "scale is 0; expected a finite number above 0*")]
    [InlineData(0, double.PositiveInfinity, "scale is*expected a finite number above 0*")]
    public void Values_outside_their_range_are_refused(double mean, double scale, string message)
    {
        var act = () => new LaplacePrior(mean, scale);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }
}
