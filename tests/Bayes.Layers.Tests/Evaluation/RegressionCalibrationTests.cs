using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Evaluation;

public sealed class RegressionCalibrationTests : TorchTest
{
    [Fact]
    public void A_curve_matches_a_calculation_by_hand()
    {
        // Φ of these numbers is 0.1, 0.4, 0.4 and 0.9.
        var target = special.ndtri(tensor(new[] { 0.1, 0.4, 0.4, 0.9 }));
        var calibration = RegressionCalibration.OfNormal(zeros_like(target) + 5, full_like(target, 2), target * 2 + 5, levels: 3);
        calibration.Count.Should().Be(4);
        calibration.Points.Should().Equal(new CoveragePoint(0.25, 0.25), new CoveragePoint(0.5, 0.75), new CoveragePoint(0.75, 0.75));
        calibration.SquaredError.Should().BeApproximately(0.0625, 1e-15);
        calibration.MeanError.Should().BeApproximately(0.25 / 3, 1e-15);
    }

    [Fact]
    public void Correct_distributions_lie_on_the_diagonal_and_narrower_ones_do_not()
    {
        Tensor mean = Normal(20_000).mul(3), target = mean + Normal(20_000);
        RegressionCalibration.OfNormal(mean, ones_like(mean), target).MeanError.Should().BeLessThan(0.01);
        var narrow = RegressionCalibration.OfNormal(mean, full_like(mean, 0.3), target);
        narrow.MeanError.Should().BeGreaterThan(0.15);
        narrow.Points.Should().OnlyContain(point => (point.Expected < 0.5 ? point.Observed > point.Expected : point.Expected == 0.5
            || point.Observed < point.Expected) || Math.Abs(point.Expected - 0.5) < 1e-9);
        var high = RegressionCalibration.OfNormal(mean + 1, ones_like(mean), target);
        high.Points.Should().OnlyContain(point => point.Observed > point.Expected);
    }

    [Fact]
    public void A_prediction_with_one_draw_has_the_curve_of_its_normal_distribution()
    {
        Tensor mean = Normal(1, 500, 2), target = mean[0] + Normal(500, 2);
        using var prediction = Predictive.OfSamples(mean, new GaussianLikelihood(0.7));
        RegressionCalibration.Of(prediction, target).Points.Should().Equal(RegressionCalibration.OfNormal(mean[0], full_like(mean[0], 0.7),
            target).Points);
    }

    /// <summary>A mixture of two distant modes is far from the normal distribution with its moments.</summary>
    [Fact]
    public void The_curve_of_a_prediction_is_that_of_the_mixture()
    {
        var outputs = stack([full([4_000, 1], -5, float64), full([4_000, 1], 5, float64)]);
        var target = rand(4_000, 1, dtype: float64).lt(0.5).to(float64).mul(10).sub(5) + Normal(4_000, 1);
        using var prediction = Predictive.OfSamples(outputs, new GaussianLikelihood(1));
        RegressionCalibration.Of(prediction, target).MeanError.Should().BeLessThan(0.02);
        RegressionCalibration.OfNormal(prediction.Mean, prediction.TotalStddev, target).MeanError.Should().BeGreaterThan(0.05);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(4)]
    [InlineData(50)]
    public void Counts_from_the_predicted_distribution_lie_on_the_diagonal(double rate)
    {
        Tensor outputs = full([1, 20_000, 1], Math.Log(rate), float64), target = torch.poisson(full([20_000, 1], rate, float64));
        using var prediction = Predictive.OfSamples(outputs, new PoissonLikelihood());
        RegressionCalibration.Of(prediction, target).MeanError.Should().BeLessThan(0.01);
        using var other = Predictive.OfSamples(outputs + 0.4, new PoissonLikelihood());
        RegressionCalibration.Of(other, target).MeanError.Should().BeGreaterThan(0.03);
    }

    [Fact]
    public void A_prediction_without_a_distribution_function_is_refused()
    {
        using Predictive classes = Predictive.OfSamples(Normal(3, 4, 2), new CategoricalLikelihood()), numbers = Predictive.OfSamples(Normal(3, 4,
            1), new GaussianLikelihood(1));
        using var model = new BayesianLinear(2, 1, dtype: float64);
        using var without = new MonteCarloPredictive(model, new GaussianLikelihood(1), 3, seed: 1).Predict(Normal(4, 2));
        classes.Invoking(each => RegressionCalibration.Of(each, zeros(4, 2))).Should().Throw<InvalidOperationException>()
            .WithMessage("CategoricalLikelihood has no quantiles of the target*");
        without.Invoking(each => RegressionCalibration.Of(each, zeros(4, 1))).Should().Throw<InvalidOperationException>()
            .WithMessage("The samples were not kept*");
        numbers.Invoking(each => RegressionCalibration.Of(each, zeros(4))).Should().Throw<ArgumentException>()
            .WithMessage("The target has shape [4] and the prediction [4, 1]; expected equal shapes: use target.unsqueeze(1).*");
        numbers.Invoking(each => RegressionCalibration.Of(each, full([4, 1], double.NaN))).Should().Throw<ArgumentException>()
            .WithMessage("target has the value NaN*");
        numbers.Invoking(each => RegressionCalibration.Of(each, zeros(4, 1), levels: 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void The_text_is_a_table_in_every_culture()
    {
        using var foreign = new ForeignCulture();
        RegressionCalibration.OfNormal(zeros(2), ones(2), zeros(2), levels: 3).ToString().Should().Be(
            """
            2 elements
              mean calibration error            0.3333  3 levels
              squared calibration error         0.3750
              below quantile 0.25               0.0000
              below quantile 0.5                1.0000
              below quantile 0.75               1.0000
            """.ReplaceLineEndings("\n"));
    }
}
