using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Posteriors;

public sealed class MeanFieldNormalTests : PosteriorLaws
{
    protected override PosteriorFamily Family => PosteriorFamily.MeanField;

    protected override bool IsIndependent => true;

    protected override Tensor Covariance(WeightPosterior posterior) => diag(((MeanFieldNormal)posterior).LogVariance.exp().flatten());

    [Fact]
    public void Marginals_are_itself()
    {
        var posterior = Posterior(3);
        posterior.Marginals().Should().BeSameAs(posterior);
        posterior.TotalCorrelation().Should().BeNull();
    }
}
