using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Posteriors;

public sealed class FullNormalTests : PosteriorLaws
{
    protected override PosteriorFamily Family => new FullNormalFamily();

    protected override bool IsIndependent => false;

    protected override bool CanPrune => false;

    protected override long[] LargeShape => [12, 10];

    protected override Tensor Covariance(WeightPosterior posterior)
    {
        var directions = ((FullNormal)posterior).Factor.flatten(1);
        return directions.T.mm(directions);
    }

    protected override void SetLogVariance(IReadOnlyList<Tensor> values, double logVariance) =>
        values[1].copy_(eye(values[1].shape[0], dtype: float64).mul(Math.Exp(logVariance / 2)).view(values[1].shape));

    [Fact]
    public void Its_family_is_named_with_what_is_shared()
    {
        new FullNormalFamily().ToString().Should().Be("FullNormal()");
        new FullNormalFamily(9, "weights").ToString().Should().Be("FullNormal(noiseCount=9, sharedName=weights)");
        FluentActions.Invoking(() => new FullNormalFamily(0)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("noiseCount is 0; expected a whole number of at least 1.*");
        FluentActions.Invoking(() => new FullNormalFamily(3).Start(zeros(2, 2), zeros(2, 2), TorchNoise.Global)).Should().Throw<ArgumentException>()
            .WithMessage("noiseCount is 3; expected at least 4, the number of weights.*");
    }

    [Fact]
    public void Directions_of_another_shape_are_refused() =>
        FluentActions.Invoking(() => new FullNormal(zeros(3, 4), zeros(12, 4, 3))).Should().Throw<ArgumentException>()
            .WithMessage("The factor has shape [12, 4, 3]; expected directions of shape [3, 4], along axis 0.*");
}
