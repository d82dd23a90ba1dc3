using Bayes.Layers.Uncertainty.Methods;
using Bayes.Layers.Uncertainty.Uci;

namespace Bayes.Layers.Tests.Uncertainty;

public sealed class SplitScoreTests
{
    [Fact]
    public void The_formulas_are_those_of_the_normal_distribution()
    {
        // Errors of 1 and 3; in standard deviations 0.5 and 3, so that one of the two is covered.
        var (rmse, logDensity, coverage) = SplitScore.Of(new NormalTargets([10, 20], [2, 1]), [11, 23]);
        rmse.Should().BeApproximately(Math.Sqrt(5), 1e-12);
        double ofFirst = -0.5 * 0.25 - Math.Log(2) - 0.5 * Math.Log(2 * Math.PI), ofSecond = -0.5 * 9 - 0.5 * Math.Log(2 * Math.PI);
        logDensity.Should().BeApproximately((ofFirst + ofSecond) / 2, 1e-12);
        coverage.Should().Be(0.5);
    }

    [Fact]
    public void The_interval_of_a_normal_distribution_contains_95_percent()
    {
        var predicted = new NormalTargets([3], [0.5]);
        // Φ(1.96) by its integral.
        using var z = linspace(-1, 1, 200_001, float64);
        double half = (predicted.Upper[0] - 3) / 0.5;
        using var density = z.mul(half).pow(2).mul(-0.5).exp();
        (density.mean().item<double>() * 2 * half / Math.Sqrt(2 * Math.PI)).Should().BeApproximately(0.95, 1e-5);
        (predicted.Upper[0] + predicted.Lower[0]).Should().BeApproximately(6, 1e-12);
    }

    [Fact]
    public void Another_unit_multiplies_the_error_and_divides_the_density()
    {
        var (rmse, logDensity, coverage) = SplitScore.Of(new NormalTargets([1, 2, 4], [1, 0.5, 2]), [0.5, 2.2, 9]);
        var scaled = SplitScore.Of(new NormalTargets([1000, 2000, 4000], [1000, 500, 2000]), [500, 2200, 9000]);
        scaled.Rmse.Should().BeApproximately(1000 * rmse, 1e-9);
        scaled.LogDensity.Should().BeApproximately(logDensity - Math.Log(1000), 1e-12);
        scaled.Coverage95.Should().Be(coverage);
    }

    [Theory]
    [InlineData(double.NaN, 1, "The mean predicted for test row 1 is NaN; expected a finite number.")]
    [InlineData(2, 0, "The log density predicted for test row 1 is NaN; expected a finite number.")]
    public void A_prediction_that_is_not_finite_is_refused(double mean, double stddev, string message)
    {
        Action score = () => SplitScore.Of(new NormalTargets([1, mean], [1, stddev]), [1, 1]);
        score.Should().Throw<InvalidOperationException>().WithMessage(message);
    }

    [Fact]
    public void A_line_gives_the_score_back()
    {
        var score = Scored("energy", "ridge", 3, 0.1 + 0.2, -1.0 / 3);
        SplitScore.FromLine(score.ToLine()).Should().Be(score);
        SplitScore.FromLine(score.ToLine()[..^3]).Should().BeNull("a line may be written by half");
        score.ToLine().Split(',').Should().HaveSameCount(SplitScore.Header.Split(','));
    }

    [Fact]
    public void A_standard_error_is_the_deviation_over_the_root_of_the_number()
    {
        double[] errors = [1, 2, 4, 5];
        var score = MethodScore.Of([.. errors.Select((error, split) => Scored("a", "b", split, error, -error))]);
        score.RmseMean.Should().Be(3);
        score.RmseSe.Should().BeApproximately(Math.Sqrt(10.0 / 3) / 2, 1e-12);
        score.LogDensityMean.Should().Be(-3);
        MethodScore.Of([Scored("a", "b", 0, 1, 1)]).RmseSe.Should().BeNull("one split has no spread");
    }

    [Fact]
    public void Differences_are_paired_by_split()
    {
        // The splits differ much, the methods by 1 and 3: in another order, and one split has one method alone.
        SplitScore[] scores =
        [
            Scored("a", "one", 0, 101, 0), Scored("a", "one", 1, 203, 0), Scored("a", "one", 2, 7, 0), Scored("a", "other", 1, 200, 1),
            Scored("a", "other", 0, 100, 1), Scored("b", "other", 2, 1, 1),
        ];
        var difference = PairedDifference.Of(scores, "a", "one", "other")!;
        difference.Splits.Should().Be(2);
        difference.Rmse.Should().Be(2);
        difference.RmseSe.Should().BeApproximately(1, 1e-12);
        difference.LogDensity.Should().Be(-1);
        PairedDifference.Of(scores, "b", "one", "other").Should().BeNull();
    }

    private static SplitScore Scored(string set, string method, int split, double rmse, double logDensity) => new()
    {
        Set = set,
        Method = method,
        Split = split,
        Rmse = rmse,
        LogDensity = logDensity,
        Coverage95 = 0.95,
        Seconds = 1.5,
        ProcessorSeconds = 2.25,
        TrainRows = 90,
        TestRows = 10,
        Seed = 1,
        Data = "0123456789abcdef",
    };
}
