using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Likelihoods;

public sealed class PoissonLikelihoodTests : CountLikelihoodLaws
{
    protected override Likelihood Likelihood { get; } = new PoissonLikelihood();

    /// <summary>Expected values from SciPy: poisson.logpmf(y, exp(f)).</summary>
    [Theory]
    [InlineData(0.3, 0, -1.3498588075760032)]
    [InlineData(0.3, 4, -3.3279126379239488)]
    [InlineData(5, 150, -3.4332649520003713)]
    [InlineData(-2, 1, -2.135335283236613)]
    public void Log_probabilities_match(double logRate, double count, double expected) =>
        Likelihood.LogProbability(tensor(new[] { logRate }), tensor(new[] { count })).ToDouble().Should().BeApproximately(expected, 1e-12);

    [Theory]
    [InlineData(-1, "-1")]
    [InlineData(2.5, "2.5")]
    public void A_target_that_is_not_a_count_is_named(double target, string text)
    {
        var act = () => Likelihood.LogProbability(Normal(3, 1), tensor(new[] { 0, target, 7 }).reshape(3, 1));
        act.Should().Throw<ArgumentException>().WithMessage($"target has the value {text}; expected counts: whole numbers of at least 0.*");
    }

    [Fact]
    public void Targets_are_not_checked_if_validation_is_off() =>
        ShouldBeFinite(new PoissonLikelihood(validate: false).LogProbability(Normal(3, 1), full([3, 1], 0.5, float64)));

    [Fact]
    public void The_best_rate_is_the_mean_of_the_counts()
    {
        var logRate = new Parameter(zeros(1, 1, dtype: float64));
        using var optimizer = optim.Adam([logRate], lr: 0.05);
        Descend(Likelihood, logRate, tensor(new[] { 2.0, 3, 7 }).reshape(1, 3), optimizer, steps: 800);
        ShouldBeClose(Likelihood.Mean(logRate), full([1, 1], 4.0, float64), 1e-6);
    }

    [Fact]
    public void The_aleatoric_variance_is_the_mean()
    {
        using var prediction = Predictive.OfSamples(Normal(3, 2, 1), Likelihood);
        ShouldBeClose(prediction.AleatoricVariance, prediction.Mean, 1e-12, "both are the mean of the rates");
    }

    /// <summary>Expected values from sums of probabilities in decimal arithmetic with 50 digits.</summary>
    [Theory]
    [InlineData(0.05, 0, 0, 1)]
    [InlineData(4, 1, 4, 8)]
    [InlineData(1000, 938, 1000, 1062)]
    public void Quantiles_of_one_draw_match_Poisson(double rate, double low, double median, double high)
    {
        using var prediction = Predictive.OfSamples(full([1, 1, 1], Math.Log(rate), float64), Likelihood);
        Values(prediction.QuantilesOfTarget([0.025, 0.5, 0.975])).Should().Equal(low, median, high);
    }

    private static void Descend(Likelihood likelihood, Parameter output, Tensor target, optim.Optimizer optimizer, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            likelihood.LogProbability(output.expand(target.shape), target).sum().neg().backward();
            optimizer.step();
        }
    }
}
