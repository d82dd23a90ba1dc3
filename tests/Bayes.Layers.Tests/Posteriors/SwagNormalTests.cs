using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Posteriors;

public sealed class SwagNormalTests : PosteriorLaws
{
    protected override PosteriorFamily Family => new SwagFamily(rank: 2);

    protected override bool IsIndependent => false;

    protected override Tensor Covariance(WeightPosterior posterior)
    {
        var normal = (SwagNormal)posterior;
        var directions = normal.Factor.flatten(1);
        return diag(normal.LogVariance.exp().flatten()) + directions.T.mm(directions);
    }

    [Fact]
    public void Its_family_is_named_with_its_rank()
    {
        new SwagFamily(3).ToString().Should().Be("SwagNormal(rank=3)");
        FluentActions.Invoking(() => new SwagFamily(0)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("rank is 0; expected a whole number of at least 1.*");
    }

    [Fact]
    public void Only_the_numbers_of_the_directions_are_shared()
    {
        var posterior = Posterior(3, 4);
        posterior.Noise.Select(each => each.SharedName is not null).Should().Equal(false, true);
        posterior.Parts.Should().BeNull("an estimator that takes the parts would draw the shared numbers for one tensor alone");
    }
}
