using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Priors;

public sealed class StudentTPriorTests : DensityPriorLaws
{
    protected override Prior Prior => new StudentTPrior(degreesOfFreedom: 5, scale: 0.3);

    protected override double Accuracy => 3e-5;

    protected override double Width => 0.3;

    [Fact]
    public void The_density_is_that_of_Students_t()
    {
        // 3 / (8 √5 ...) at 0, and at one scale: Γ(3) / (Γ(5/2) √(5π)) (1 + w²/5)^−3.
        double atZero = 2 / (0.75 * Math.Sqrt(Math.PI) * Math.Sqrt(5 * Math.PI) * 0.3);
        var density = Prior.LogProbability(tensor(new[] { 0, 0.3, -0.6 })).exp();
        ShouldBeClose(density, tensor(new[] { atZero, atZero * Math.Pow(1.2, -3), atZero * Math.Pow(1.8, -3) }), 1e-13);
    }

    [Theory]
    [InlineData(1e3)]
    [InlineData(1e7)]
    [InlineData(1e12)]
    public void With_many_degrees_of_freedom_it_is_normal(double degreesOfFreedom)
    {
        var posterior = Posterior(6);
        var prior = new StudentTPrior(degreesOfFreedom, scale: 2);
        prior.KlDivergence(posterior).ToDouble().Should()
            .BeApproximately(new NormalPrior(stddev: 2).KlDivergence(posterior).ToDouble(), 10 / degreesOfFreedom + 1e-11);
        prior.Stddev.Should().BeApproximately(2, 3 / degreesOfFreedom);
    }

    [Fact]
    public void A_distant_weight_is_hardly_shrunk()
    {
        var weight = tensor(new[] { 0.3, 3, 300, 3e10 }).requires_grad_();
        Prior.LogProbability(weight).sum().backward();
        Values(weight.grad!).Should().BeInAscendingOrder().And.OnlyContain(slope => slope < 0, "a normal's would grow");
        weight.grad![3].ToDouble().Should().BeApproximately(-6 / 3e10, 1e-15);
    }

    [Theory]
    [InlineData(0, 1, "degreesOfFreedom is 0*")]
    [InlineData(3, -1, "scale is -1*")]
    [InlineData(double.NaN, 1, "degreesOfFreedom is NaN*")]
    [InlineData(3, double.PositiveInfinity, "scale is*")]
    public void Values_outside_their_range_are_refused(double degreesOfFreedom, double scale, string message)
    {
        var act = () => new StudentTPrior(degreesOfFreedom, scale);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message + "expected a finite number above 0*");
    }
}

/// <summary>Priors without a variance; the second also has no mean.</summary>
public abstract class HeavyTailedStudentTPriorTests(double degreesOfFreedom) : DensityPriorLaws
{
    protected override Prior Prior { get; } = new StudentTPrior(degreesOfFreedom);

    protected override double Accuracy => 3e-5;

    protected override double Width => 1;
}

public sealed class StudentTPriorOfTwoDegreesTests() : HeavyTailedStudentTPriorTests(2);

public sealed class CauchyPriorTests() : HeavyTailedStudentTPriorTests(1);
