using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Tests.Posteriors;

/// <summary>Independent normal weights can be read and set by their natural parameters; other posteriors cannot.</summary>
public sealed class NaturalParametersTests : TorchTest
{
    [Theory]
    [InlineData(ScalarType.Float64, 1e-14)]
    [InlineData(ScalarType.Float32, 1e-6)]
    public void Setting_what_was_read_changes_nothing(ScalarType type, double tolerance)
    {
        using var layer = new BayesianLinear(3, 2, dtype: type);
        var posterior = layer.WeightPosterior;
        Tensor mean = posterior.Mean.clone(), variance = posterior.Variance().detach();
        var (precisionMean, precision) = posterior.NaturalParameters()!.Value;
        (precision.dtype, precision.requires_grad).Should().Be((float64, false));
        ShouldBeClose(precision, variance.reciprocal().to(float64), tolerance);
        ShouldBeClose(precisionMean, mean.to(float64).mul(precision), tolerance);
        posterior.SetNaturalParameters(precisionMean.mul(2), precision.mul(2));
        ShouldBeClose(posterior.Mean, mean, tolerance);
        ShouldBeClose(posterior.Variance(), variance.mul(0.5), tolerance);
    }

    [Fact]
    public void A_posterior_of_dependent_weights_has_none_and_says_so()
    {
        using var layer = new BayesianLinear(3, 2, initializer: new FanInInitializer { Family = new LowRankFamily(1) });
        layer.WeightPosterior.NaturalParameters().Should().BeNull();
        layer.Invoking(it => it.WeightPosterior.SetNaturalParameters(ones(2, 3), ones(2, 3))).Should().Throw<NotSupportedException>()
            .WithMessage("A LowRankNormal has no natural parameters for each weight; expected independent normal weights, MeanFieldNormal.");
    }

    [Fact]
    public void Another_shape_is_refused()
    {
        using var layer = new BayesianLinear(3, 2);
        layer.Invoking(it => it.WeightPosterior.SetNaturalParameters(ones(3, 2), ones(3, 2))).Should().Throw<ArgumentException>();
    }
}
