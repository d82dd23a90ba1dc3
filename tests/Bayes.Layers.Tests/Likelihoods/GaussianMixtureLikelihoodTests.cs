using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Likelihoods;

public sealed class GaussianMixtureLikelihoodTests : LikelihoodLaws
{
    protected override Likelihood Likelihood => new GaussianMixtureLikelihood(2, minimumStddev: 0.1);

    protected override Tensor Outputs(long draws, long batch) =>
        cat([Normal(draws, batch, 2), Normal(draws, batch, 2), Normal(draws, batch, 2).mul(0.4).sub(1)], -1);

    protected override Tensor Targets(long batch) => Normal(batch, 1);

    // The information of a mixture is an integral without a closed form.
    protected override bool TellsCurvature => false;

    protected override (Tensor Points, double Weight) Support(long batch) =>
        (linspace(-15, 15, 3_001, float64).reshape(-1, 1, 1).expand(-1, batch, 1), 0.01);

    protected override string[] RefusedLastModules =>
        ["Sigmoid", "Hardsigmoid", "Softmax", "Softmax2d", "Softmin", "LogSigmoid", "LogSoftmax", "Softplus", "ReLU", "ReLU6"];

    [Fact]
    public void One_component_is_the_heteroscedastic_Gaussian()
    {
        Tensor mean = Normal(3, 6, 1), logVariance = Normal(3, 6, 1), target = Normal(6, 1);
        var mixture = new GaussianMixtureLikelihood(1);
        var single = new HeteroscedasticGaussianLikelihood();
        Tensor output = cat([Normal(3, 6, 1), mean, logVariance], -1), same = cat([mean, logVariance], -1);
        ShouldBeClose(mixture.LogProbability(output, target), single.LogProbability(same, target), 1e-13);
        ShouldBeClose(mixture.Mean(output), single.Mean(same), 1e-13);
        ShouldBeClose(mixture.Variance(output), single.Variance(same), 1e-13);
        ShouldBeClose(mixture.CumulativeProbability(output, target), single.CumulativeProbability(same, target), 1e-13);
        ShouldBeClose(mixture.Quantile(output, 0.9), single.Quantile(same, 0.9), 1e-9);
    }

    [Fact]
    public void Several_targets_of_an_example_add_up()
    {
        Tensor[] parts = [Normal(6, 4), Normal(6, 4), Normal(6, 4)];
        var target = Normal(6, 2);
        var each = Enumerable.Range(0, 2).Select(d => Likelihood.LogProbability(
            cat([.. parts.Select(part => part.narrow(1, 2 * d, 2))], 1), target.narrow(1, d, 1)));
        ShouldBeClose(Likelihood.LogProbability(cat(parts, 1), target), each.Aggregate((a, b) => a + b), 1e-13);
    }

    [Fact]
    public void No_component_is_narrower_than_the_least_standard_deviation()
    {
        var output = tensor(new[] { 0.0, 0, 0, 5, -80, -80 }).reshape(1, 6);
        Likelihood.LogProbability(output, zeros(1, 1, float64)).ToDouble()
            .Should().BeApproximately(Math.Log(0.5) - Math.Log(0.1) - 0.5 * Math.Log(2 * Math.PI), 1e-12);
    }

    [Fact]
    public void Quantiles_of_draws_invert_their_distribution_function()
    {
        var outputs = Outputs(7, 5);
        using var prediction = Predictive.OfSamples(outputs, Likelihood);
        var quantiles = prediction.QuantilesOfTarget([0.025, 0.5, 0.9]);
        foreach (var (index, level) in new[] { 0.025, 0.5, 0.9 }.Index())
            ShouldBeClose(prediction.ProbabilityAtMost(quantiles[index]), full([5, 1], level, float64), 1e-9);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public void A_number_of_outputs_that_is_no_multiple_is_refused(long width)
    {
        var act = () => Likelihood.LogProbability(Normal(6, width), Normal(6, 1));
        act.Should().Throw<ArgumentException>().WithMessage($"*[6, {width}]*2 logits, means and log-variances*");
    }

    [Fact]
    public void Numbers_outside_their_ranges_are_refused()
    {
        var none = () => new GaussianMixtureLikelihood(0);
        none.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*components is 0*");
        var negative = () => new GaussianMixtureLikelihood(2, -1);
        negative.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*minimumStddev is -1*");
    }
}
