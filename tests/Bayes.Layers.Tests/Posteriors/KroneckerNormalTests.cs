using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Posteriors;

public abstract class KroneckerNormalLaws : PosteriorLaws
{
    protected override bool IsIndependent => false;

    protected override bool CanPrune => false;

    protected override Tensor Covariance(WeightPosterior posterior)
    {
        var normal = (KroneckerNormal)posterior;
        var left = normal.Left ?? eye(normal.LogVariance.shape[0], dtype: normal.Right.dtype);
        var directions = kron(left, normal.Right).mul(normal.LogVariance.div(2).exp().flatten());
        return directions.mm(directions.T);
    }
}

public sealed class KroneckerOfIndependentRowsTests : KroneckerNormalLaws
{
    protected override PosteriorFamily Family => new KroneckerFamily(independentRows: true);

    [Fact]
    public void It_has_no_factor_of_the_rows()
    {
        var family = new KroneckerFamily(independentRows: true);
        family.ParametersOf([3, 4]).Select(each => each.Name).Should().Equal("mu", "log_var", "right");
        family.ToString().Should().Be("KroneckerNormal(independentRows=true)");
        var posterior = new KroneckerNormal(Normal(3, 4), Normal(3, 5), left: null, Normal(4, 5));
        var covariance = Covariance(posterior);
        ShouldBeClose(posterior.Variance().flatten(), covariance.diagonal(), 1e-12);
        ShouldBeClose(posterior.Entropy(), covariance.logdet().add(12 * Math.Log(2 * Math.PI * Math.E)).div(2), 1e-11);
    }
}

public sealed class KroneckerNormalTests : KroneckerNormalLaws
{
    protected override PosteriorFamily Family => new KroneckerFamily();

    /// <summary>The noise of a weight has a column more than the weight, that of its bias.</summary>
    [Fact]
    public void With_more_noise_than_columns_moments_are_those_of_the_dense_covariance()
    {
        var posterior = new KroneckerNormal(Normal(3, 4), Normal(3, 5), Normal(3, 3), Normal(4, 5));
        var covariance = Covariance(posterior);
        ShouldBeClose(posterior.Variance().flatten(), covariance.diagonal(), 1e-12);
        ShouldBeClose(posterior.Entropy(), covariance.logdet().add(12 * Math.Log(2 * Math.PI * Math.E)).div(2), 1e-11);
        var started = new KroneckerFamily(5).Of(new KroneckerFamily(5).Start(Normal(3, 4), zeros(3, 4, float64).add(0.7), TorchNoise.Global));
        ShouldBeClose(Covariance(started), eye(12, dtype: float64).mul(Math.Exp(0.7)), 1e-14);
    }

    [Fact]
    public void Its_family_is_named_with_what_is_shared()
    {
        new KroneckerFamily().ToString().Should().Be("KroneckerNormal()");
        new KroneckerFamily(5, "fc").ToString().Should().Be("KroneckerNormal(noiseColumns=5, sharedName=fc)");
        FluentActions.Invoking(() => new KroneckerFamily(0)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("noiseColumns is 0; expected a whole number of at least 1.*");
        FluentActions.Invoking(() => new KroneckerFamily(3).Start(zeros(2, 4), zeros(2, 4), TorchNoise.Global)).Should().Throw<ArgumentException>()
            .WithMessage("noiseColumns is 3; expected at least 4, the columns of the weights.*");
    }

    [Fact]
    public void Factors_of_other_shapes_are_refused() =>
        FluentActions.Invoking(() => new KroneckerNormal(zeros(3, 4), zeros(3, 4), zeros(4, 4), zeros(3, 3))).Should().Throw<ArgumentException>()
            .WithMessage("The factors of 3 rows and 4 columns have shapes [4, 4], [3, 3] and [3, 4]; expected [3, 3], [4, noise] and [3, noise], "
                + "with noise of at least 4.*");
}
