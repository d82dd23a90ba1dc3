using Bayes.Layers.Ensembles;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Ensembles;

/// <summary>Weights that make the log density of held-out data highest.</summary>
public sealed class StackingTests : TorchTest
{
    private static Tensor LogNormal(Tensor value, double mean, double stddev) =>
        value.sub(mean).div(stddev).square().mul(-0.5).sub(Math.Log(stddev) + 0.5 * Math.Log(2 * Math.PI));

    /// <summary>At the maximum the mean of p_m over the mixture is 1 for each member with a weight, and at most 1 for the others.</summary>
    private static double[] ShouldBeOptimal(Tensor logDensities, double tolerance = 1e-7)
    {
        double[] weights = [.. Stacking.Weights(logDensities)];
        weights.Sum().Should().BeApproximately(1, 1e-12);
        weights.Should().OnlyContain(weight => weight >= 0);
        var densities = logDensities.sub(logDensities.amax([1L], keepdim: true)).exp();
        var ratios = Values(densities.div(densities.mv(tensor(weights)).unsqueeze(1)).mean([0L]));
        foreach (var (weight, ratio) in weights.Zip(ratios))
            if (weight > 0)
                ratio.Should().BeApproximately(1, tolerance);
            else
                ratio.Should().BeLessThan(1 + tolerance);
        return weights;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(12)]
    public void The_conditions_of_the_maximum_hold(int members)
    {
        foreach (double spread in new[] { 0.01, 1, 30 })
            ShouldBeOptimal(Normal(200, members).mul(spread).sub(5));
    }

    [Fact]
    public void A_known_mixture_is_recovered()
    {
        const int rows = 20_000;
        double[] truth = [0.3, 0.6, 0.1];
        var component = tensor(truth).multinomial(rows, replacement: true);
        var value = tensor(new[] { -2.0, 1, 4 }).index_select(0, component).add(Normal(rows));
        var weights = ShouldBeOptimal(stack([LogNormal(value, -2, 1), LogNormal(value, 1, 1), LogNormal(value, 4, 1), LogNormal(value, 9, 1)], 1));
        for (int i = 0; i < 3; i++)
            weights[i].Should().BeApproximately(truth[i], 5 * Math.Sqrt(truth[i] / rows) * 1.5);
        weights[3].Should().BeLessThan(0.001);
    }

    [Fact]
    public void The_slow_algorithm_of_expectation_and_maximization_ends_at_the_same_weights()
    {
        var logDensities = Normal(60, 4);
        var densities = logDensities.exp();
        var slow = full([4], 0.25, float64);
        for (int step = 0; step < 5_000; step++)
        {
            using var scope = NewDisposeScope();
            slow = slow.mul(densities.div(densities.mv(slow).unsqueeze(1)).mean([0L])).MoveToOuterDisposeScope();
        }
        ShouldBeClose(tensor(ShouldBeOptimal(logDensities)), slow, 1e-3);
        double Score(Tensor weights) => densities.mv(weights).log().mean().ToDouble();
        Score(tensor(ShouldBeOptimal(logDensities))).Should().BeGreaterThanOrEqualTo(Score(slow) - 1e-12);
    }

    [Fact]
    public void A_member_that_is_worse_everywhere_has_no_weight_and_equal_ones_share()
    {
        var good = Normal(50);
        var weights = ShouldBeOptimal(stack([good, good.sub(0.5), good], 1));
        weights[1].Should().Be(0);
        weights[0].Should().BeApproximately(0.5, 1e-6);
    }

    [Fact]
    public void Members_that_exclude_rows_are_kept_for_the_others()
    {
        double none = double.NegativeInfinity;
        // One member explains the first row, and the other the three others.
        var weights = ShouldBeOptimal(tensor(new[,] { { -1, none }, { none, -2 }, { none, -3 }, { none, -800 } }));
        weights[0].Should().BeApproximately(0.25, 1e-9);
    }

    [Fact]
    public void An_ensemble_of_distributions_predicts_held_out_data_better_than_its_best_member()
    {
        Tensor inputs = randn(300, 1), targets = where(rand(300, 1).gt(0.4), inputs, inputs.neg());
        Ensemble Of(params double[] slopes) => new(slopes.Select(slope =>
        {
            var network = nn.Linear(1, 1);
            using var noGrad = no_grad();
            network.weight.fill_(slope);
            network.bias!.fill_(0);
            return network;
        }));
        var likelihood = new GaussianLikelihood(0.2);
        var members = Of(1, -1, 5).Members;
        var stacked = Stacking.Fit(members, likelihood, inputs, targets);
        stacked.Members.Should().Equal(members[0], members[1]);
        stacked.Weights[0].Should().BeApproximately(0.6, 0.1);
        Score(stacked).Should().BeGreaterThan(members.Max(Score) + 1);

        double Score(FunctionDistribution distribution)
        {
            using var predictor = new MonteCarloPredictive(distribution, likelihood, samples: 200, seed: 1);
            using var prediction = predictor.Predict(inputs, targets);
            return prediction.LogPredictiveDensity.mean().ToDouble();
        }
    }

    [Fact]
    public void What_has_no_weights_is_refused()
    {
        Refused(zeros(3)).WithMessage("The log densities are of type Float32 and shape [3]; expected floating-point numbers [V, M], *");
        Refused(tensor(new[,] { { 0.0, 1 }, { double.NaN, 0 } }))
            .WithMessage("The log density of row 1 under member 0 is NaN; expected a number below infinity.*");
        Refused(tensor(new[,] { { double.NegativeInfinity, double.NegativeInfinity } }))
            .WithMessage("The density of row 0 is 0 under all 2 members, so no weights can explain it; expected one that is above 0.*");
        FluentActions.Invoking(() => Stacking.Fit([], new GaussianLikelihood(1), zeros(1, 1), zeros(1, 1))).Should().Throw<ArgumentException>()
            .WithMessage("There are 0 members; expected at least one.*");

        static FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(Tensor densities) =>
            FluentActions.Invoking(() => Stacking.Weights(densities)).Should().Throw<ArgumentException>();
    }
}
