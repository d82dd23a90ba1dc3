using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Estimators;

public sealed class ReparameterizationTests : EstimatorLaws
{
    protected override Estimator Estimator(int samples, NoiseSource noise) => new Reparameterization(samples, noise);

    [Theory]
    [InlineData(0)]
    [InlineData(-4)]
    public void Fewer_than_one_draw_is_refused(int samples)
    {
        var act = () => new Reparameterization(samples);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"samples is {samples}; expected a whole number of at least 1.*");
    }
}
