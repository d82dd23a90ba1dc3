using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Posteriors;

public sealed class LowRankNormalTests : PosteriorLaws
{
    protected override PosteriorFamily Family => new LowRankFamily(rank: 2);

    protected override bool IsIndependent => false;

    protected override Tensor Covariance(WeightPosterior posterior)
    {
        var normal = (LowRankNormal)posterior;
        var directions = normal.Factor.flatten(1);
        return diag(normal.LogVariance.exp().flatten()) + directions.T.mm(directions);
    }

    /// <summary>Without directions every number is that of mean field.</summary>
    [Fact]
    public void Without_directions_it_is_mean_field()
    {
        MeanFieldNormal meanField = new(Normal(3, 4), Normal(3, 4));
        LowRankNormal posterior = new(meanField.Mean, meanField.LogVariance, zeros(2, 3, 4, float64));
        ShouldBeClose(posterior.Marginals().LogVariance, meanField.LogVariance, 1e-14);
        ShouldBeClose(posterior.Entropy(), meanField.Entropy(), 1e-14);
        posterior.TotalCorrelation().ToDouble().Should().Be(0);
    }

    /// <summary>For almost equal directions, the determinant is a small difference of large numbers.</summary>
    [Fact]
    public void Directions_that_are_almost_parallel_keep_their_entropy_in_single_precision()
    {
        var direction = Normal(1, 40, 50);
        var factor = cat([direction, direction.add(Normal(1, 40, 50).mul(1e-3))], 0);
        var logVariance = full([40, 50], -8.0, float64);
        LowRankNormal wide = new(zeros(40, 50, float64), logVariance, factor.to(float32).to(float64));
        LowRankNormal single = new(zeros(40, 50), logVariance.to(float32), factor.to(float32));
        single.TotalCorrelation().ToDouble().Should().BeApproximately(wide.TotalCorrelation().ToDouble(), 1e-5 * wide.TotalCorrelation().ToDouble());
        single.Entropy().ToDouble().Should().BeApproximately(wide.Entropy().ToDouble(), 1e-5 * Math.Abs(wide.Entropy().ToDouble()));
    }

    [Fact]
    public void Its_family_is_named_with_its_rank()
    {
        new LowRankFamily(3).ToString().Should().Be("LowRankNormal(rank=3)");
        FluentActions.Invoking(() => new LowRankFamily(0)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("rank is 0; expected a whole number of at least 1.*");
    }

    [Fact]
    public void Directions_of_another_shape_are_refused()
    {
        var act = () => new LowRankNormal(zeros(3, 4), zeros(3, 4), zeros(2, 4, 3));
        act.Should().Throw<ArgumentException>()
            .WithMessage("The factor has shape [2, 4, 3]; expected at least one direction of shape [3, 4], along axis 0.*");
        FluentActions.Invoking(() => new LowRankNormal(zeros(3), zeros(3), zeros(0, 3))).Should().Throw<ArgumentException>();
    }
}
