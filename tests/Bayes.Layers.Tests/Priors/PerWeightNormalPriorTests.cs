using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Priors;

public sealed class PerWeightNormalPriorTests : ClosedFormPriorLaws
{
    protected override Prior Prior => For(3, 4);

    // The laws join tensors, so each weight has the same prior here; the tests below give each its own.
    protected override Prior For(params long[] shape) =>
        NormalPrior.PerWeight(full(shape, -0.7, float64), full(shape, 2.5, float64)).For(shape, ScalarType.Float64);

    private static (Tensor Mean, Tensor Stddev) Given(params long[] shape) => (Normal(shape), Normal(shape).exp());

    [Fact]
    public void Each_weight_has_its_own_mean_and_standard_deviation()
    {
        var (mean, stddev) = Given(2, 3);
        var posterior = Posterior(2, 3);
        var draws = Normal(5, 2, 3);
        double divergence = 0;
        var logProbability = zeros_like(draws);
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 3; j++)
            {
                var one = new NormalPrior(mean[i, j].ToDouble(), stddev[i, j].ToDouble());
                divergence += one.KlDivergence(new MeanFieldNormal(posterior.Mean[i, j], posterior.LogVariance[i, j])).ToDouble();
                logProbability[.., i, j] = one.LogProbability(draws[.., i, j]);
            }
        foreach (var prior in new[] { NormalPrior.PerWeight(mean, stddev), NormalPrior.PerWeight(mean, stddev).For([2, 3], ScalarType.Float64) })
        {
            prior.KlDivergence(posterior).ToDouble().Should().BeApproximately(divergence, 1e-12);
            ShouldBeClose(prior.LogProbability(draws), logProbability, 1e-12);
            prior.Stddev.Should().BeApproximately(Math.Sqrt(Values(stddev).Average(each => each * each)), 1e-12);
        }
    }

    [Fact]
    public void One_standard_deviation_serves_all_weights()
    {
        var mean = Normal(2, 3);
        var posterior = Posterior(2, 3);
        ShouldBeClose(
            NormalPrior.PerWeight(mean, tensor(0.4)).For([2, 3], ScalarType.Float64).KlDivergence(posterior),
            NormalPrior.PerWeight(mean, full_like(mean, 0.4)).KlDivergence(posterior), 1e-13);
    }

    [Fact]
    public void A_posterior_equal_to_the_prior_has_zero_divergence()
    {
        var (mean, stddev) = Given(2, 3);
        NormalPrior.PerWeight(mean, stddev).KlDivergence(new MeanFieldNormal(mean, stddev.log().mul(2))).ToDouble()
            .Should().BeApproximately(0, 1e-14);
    }

    [Fact]
    public void A_layer_copies_the_given_tensors()
    {
        var (mean, stddev) = Given(3, 4);
        using var layer = new BayesianLinear(4, 3, hasBias: false, prior: NormalPrior.PerWeight(mean, stddev), dtype: float64);
        double before = layer.KlDivergence().ToDouble();
        mean.fill_(100);
        mean.Dispose();
        stddev.Dispose();
        layer.KlDivergence().ToDouble().Should().Be(before);
        layer.state_dict().Keys.Should().Equal("weight_mu", "weight_log_var", "weight_prior.mean", "weight_prior.stddev");
        layer.parameters().Should().HaveCount(2, "the prior's numbers are not trained");
    }

    [Fact]
    public void Weights_of_another_shape_are_refused_with_both_shapes()
    {
        var prior = NormalPrior.PerWeight(Normal(3, 4), ones(3, 4, float64));
        FluentActions.Invoking(() => new BayesianLinear(4, 2, prior: prior)).Should().Throw<ArgumentException>()
            .WithMessage("The prior has means of shape [3, 4] and the weights have shape [2, 4]; expected the same shape*");
        FluentActions.Invoking(() => new BayesianLinear(4, 3, prior: prior)).Should().Throw<ArgumentException>()
            .WithMessage("*shape [3, 4]*shape [3]*another as biasPrior*");
        prior.Invoking(p => p.KlDivergence(Posterior(4, 3)))
            .Should().Throw<ArgumentException>().WithMessage("The posterior has shape [4, 3]; expected [3, 4]*");
        prior.Invoking(p => p.LogProbability(Normal(4, 3))).Should().Throw<ArgumentException>()
            .WithMessage("The weights have shape [4, 3]; expected [3, 4], with any axes in front*");
    }

    [Fact]
    public void Standard_deviations_of_another_shape_are_refused()
    {
        var act = () => NormalPrior.PerWeight(Normal(3, 4), ones(4, float64));
        act.Should().Throw<ArgumentException>().WithMessage("stddev has shape [4]; expected that of the mean, [3, 4], or a scalar*");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_standard_deviation_outside_its_range_is_refused(double value)
    {
        var stddev = ones(3, 4, float64);
        stddev[1, 2] = value;
        var act = () => NormalPrior.PerWeight(zeros(3, 4, float64), stddev);
        act.Should().Throw<ArgumentException>().WithMessage("stddev has the value * in Float64; expected finite numbers above 0*");
    }

    [Fact]
    public void A_standard_deviation_that_the_layers_type_cannot_hold_is_refused()
    {
        var prior = NormalPrior.PerWeight(zeros(3, 4, float64), tensor(1e-60, float64));
        var act = () => new BayesianLinear(4, 3, hasBias: false, prior: prior, dtype: float32);
        act.Should().Throw<ArgumentException>().WithMessage("stddev has the value 0 in Float32; expected finite numbers above 0*");
    }

    [Fact]
    public void A_mean_that_is_not_finite_is_refused()
    {
        var act = () => NormalPrior.PerWeight(tensor(new[] { 1, double.NaN }), tensor(1.0));
        act.Should().Throw<ArgumentException>().WithMessage("mean has a value that is NaN or infinite*");
    }
}
