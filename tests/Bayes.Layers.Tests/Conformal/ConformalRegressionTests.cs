using Bayes.Layers.Conformal;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Golden;

namespace Bayes.Layers.Tests.Conformal;

public sealed class ConformalRegressionTests : TorchTest
{
    private static readonly RegressionScore[] Scores = [RegressionScore.ScaledResiduals, RegressionScore.Quantiles(0.8)];

    /// <summary>Two functions for each row and output, with noise of 0.5.</summary>
    private static Predictive Predicted(params long[] shape) => Predictive.OfSamples(Normal([2, .. shape]), new GaussianLikelihood(0.5));

    /// <summary>A prediction of N(0, 1) for every row: a target is its own score.</summary>
    private static Predictive Standard(long rows, long outputs = 1) =>
        Predictive.OfSamples(zeros([2, rows, outputs], float64), new GaussianLikelihood(1));

    private static ConformalRegression Calibrated(Predictive calibration, Tensor target, RegressionScore score) =>
        ConformalRegression.Calibrate(calibration, target, new ConformalRegressionOptions { Score = score });

    [Theory]
    [InlineData("0.05")]
    [InlineData("0.1")]
    [InlineData("0.2")]
    [InlineData("0.5")]
    public void Intervals_reach_the_quantile_of_the_scores(string alpha)
    {
        var scores = GoldenData.Tensor("inference", "conformal", "scores").unsqueeze(1);
        var conformal = ConformalRegression.Calibrate(Standard(scores.shape[0]), scores);
        using var prediction = Predictive.OfSamples(stack([full(3, 1, 1.0, float64), full(3, 1, 5.0, float64)]), new GaussianLikelihood(1));
        double level = 1 - double.Parse(alpha, System.Globalization.CultureInfo.InvariantCulture);
        var (lower, upper) = conformal.Intervals(prediction, level);
        double quantile = GoldenData.Number("inference", "conformal", "quantile", alpha);
        // Variance 1 of the noise and 2² between the functions.
        ShouldBeClose(lower, full(3, 1, 3 - quantile * Math.Sqrt(5), float64), 1e-12);
        ShouldBeClose(upper, full(3, 1, 3 + quantile * Math.Sqrt(5), float64), 1e-12);
    }

    /// <summary>4,000 outputs are as many calibrations; the noise has nothing to do with the model.</summary>
    [Theory]
    [InlineData(19, 0.9)]
    [InlineData(17, 0.9)]
    [InlineData(9, 0.5)]
    public void Coverage_is_exact_over_many_calibrations(int rows, double coverage)
    {
        const int calibrations = 4000, tested = 20;
        using Predictive calibration = Predicted(rows, calibrations), prediction = Predicted(tested, calibrations);
        Tensor target = Noise(rows), future = Noise(tested);
        using var intervals = ConformalRegression.Calibrate(calibration, target).Intervals(prediction, coverage);
        double found = Share(intervals, future), exact = Math.Ceiling((rows + 1) * coverage - 1e-9) / (rows + 1);
        exact.Should().BeInRange(coverage - 1e-12, coverage + 1.0 / (rows + 1));
        // The coverage of one calibration is of a beta distribution (Vovk 2012), and its tests are independent.
        double ofOne = exact * (1 - exact) * (1.0 / (rows + 2) + 1.0 / tested);
        found.Should().BeApproximately(exact, 4 * Math.Sqrt(ofOne / calibrations));

        Tensor Noise(long count) => Normal(count, calibrations).pow(3).add(1);
    }

    [Fact]
    public void Coverage_of_quantiles_is_exact_over_many_calibrations()
    {
        const int calibrations = 300, tested = 20, rows = 19;
        using Predictive calibration = Predicted(rows, calibrations), prediction = Predicted(tested, calibrations);
        var conformal = Calibrated(calibration, Normal(rows, calibrations).pow(3), RegressionScore.Quantiles(0.5));
        using var intervals = conformal.Intervals(prediction, 0.9);
        Share(intervals, Normal(tested, calibrations).pow(3)).Should().BeApproximately(
            0.9, 4 * Math.Sqrt(0.09 * (1.0 / (rows + 2) + 1.0 / tested) / calibrations));
    }

    /// <summary>
    /// Rows of calibration lie evenly, and new ones more often where the noise is large. Without weights, too few of them are inside.
    /// </summary>
    [Fact]
    public void Weights_keep_the_coverage_when_the_inputs_shift()
    {
        const int rows = 60, tested = 60, outputs = 40, trials = 60;
        double weighted = 0, unweighted = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            using var scope = NewDisposeScope();
            Tensor x = rand(rows, float64), future = rand(tested, float64).sqrt();
            Tensor target = x.unsqueeze(1) * Normal(rows, outputs), targets = future.unsqueeze(1) * Normal(tested, outputs);
            using Predictive calibration = Standard(rows, outputs), prediction = Standard(tested, outputs);
            using var plain = ConformalRegression.Calibrate(calibration, target).Intervals(prediction, 0.8);
            using var own = ConformalRegression.Calibrate(calibration, target, weights: 2 * x).Intervals(prediction, 0.8, weights: 2 * future);
            weighted += Share(own, targets) / trials;
            unweighted += Share(plain, targets) / trials;
        }
        weighted.Should().BeInRange(0.79, 0.825);
        unweighted.Should().BeLessThan(0.76);
    }

    [Fact]
    public void A_target_is_inside_if_its_score_is_at_most_the_quantile()
    {
        using Predictive calibration = Predicted(30, 2), prediction = Predicted(50, 2);
        Tensor target = Normal(30, 2), targets = Normal(50, 2);
        foreach (var score in Scores)
        {
            double[][] sorted = [.. score.Of(calibration, target).unbind(1).Select(column => Values(column).Order().ToArray())];
            using var intervals = Calibrated(calibration, target, score).Intervals(prediction, 0.7);
            // ⌈31 · 0.7⌉ = 22.
            var expected = score.Of(prediction, targets).le(tensor(sorted.Select(each => each[21]).ToArray()));
            Values((intervals.Lower.le(targets) & targets.le(intervals.Upper))).Should().Equal(Values(expected));
            Values(expected).Should().Contain(0);
        }
    }

    [Fact]
    public void Intervals_of_higher_coverage_contain_those_of_lower()
    {
        using Predictive calibration = Predicted(40, 1), prediction = Predicted(20, 1);
        // Targets so near that the predicted quantiles are far too wide: the smallest intervals are points.
        Tensor target = calibration.Mean.add(0.01 * Normal(40, 1));
        foreach (var score in Scores)
        {
            var conformal = Calibrated(calibration, target, score);
            using var first = conformal.Intervals(prediction, 0.01);
            var (lower, upper) = first;
            foreach (double coverage in new[] { 0.1, 0.4, 0.5, 0.8, 0.97, 0.99 })
            {
                using var next = conformal.Intervals(prediction, coverage);
                (next.Lower.le(lower) & lower.le(upper) & upper.le(next.Upper)).all().item<bool>().Should().BeTrue("coverage {0}", coverage);
                (lower, upper) = (next.Lower.clone(), next.Upper.clone());
            }
            Values(upper).Should().OnlyContain(value => double.IsPositiveInfinity(value));
        }
    }

    [Fact]
    public void The_order_of_the_calibration_rows_does_not_matter()
    {
        Tensor outputs = Normal(2, 30, 2), target = Normal(30, 2), groups = arange(30).remainder(2), weights = rand(30, float64);
        var order = randperm(30);
        using var prediction = Predicted(10, 2);
        using Predictive calibration = Predictive.OfSamples(outputs, new GaussianLikelihood(0.5)), permuted = Predictive.OfSamples(
            outputs.index_select(1, order), new GaussianLikelihood(0.5));
        Tensor future = arange(10).remainder(2), own = rand(10, float64);
        foreach (var score in Scores)
        {
            var options = new ConformalRegressionOptions { Score = score };
            using var first = ConformalRegression.Calibrate(calibration, target, options, groups, weights).Intervals(prediction, 0.5, future, own);
            using var second = ConformalRegression.Calibrate(permuted, target[order], options, groups[order], weights[order])
                .Intervals(prediction, 0.5, future, own);
            ShouldBeFinite(first.Lower);
            Values(second.Lower).Should().Equal(Values(first.Lower));
            Values(second.Upper).Should().Equal(Values(first.Upper));
        }
    }

    [Fact]
    public void One_group_and_equal_weights_give_the_plain_intervals()
    {
        using Predictive calibration = Predicted(30, 2), prediction = Predicted(10, 2);
        var target = Normal(30, 2);
        using var plain = ConformalRegression.Calibrate(calibration, target).Intervals(prediction, 0.8);
        using var grouped = ConformalRegression.Calibrate(calibration, target, groups: full(30, 7, int64)).Intervals(
            prediction, 0.8, groups: full(10, 7, int64));
        using var weighted = ConformalRegression.Calibrate(calibration, target, weights: full(30, 0.3, float64)).Intervals(
            prediction, 0.8, weights: full(10, 0.3, float64));
        foreach (var other in new[] { grouped, weighted })
        {
            Values(other.Lower).Should().Equal(Values(plain.Lower));
            Values(other.Upper).Should().Equal(Values(plain.Upper));
            other.Caution.Should().BeNull();
        }
    }

    [Fact]
    public void A_group_has_the_intervals_of_its_rows_alone()
    {
        using Predictive calibration = Predicted(40, 1), prediction = Predicted(10, 1);
        Tensor target = Normal(40, 1), groups = tensor(Enumerable.Range(0, 40).Select(row => row < 25 ? 3L : -1L).ToArray());
        using var intervals = ConformalRegression.Calibrate(calibration, target, groups: groups).Intervals(
            prediction, 0.8, groups: full(10, 3, int64));
        Predictive alone = Predictive.OfSamples(calibration.Samples.narrow(1, 0, 25), new GaussianLikelihood(0.5));
        using var expected = ConformalRegression.Calibrate(alone, target[..25]).Intervals(prediction, 0.8);
        Values(intervals.Upper).Should().Equal(Values(expected.Upper));
    }

    [Fact]
    public void A_group_without_enough_rows_is_infinite_and_named()
    {
        using Predictive calibration = Standard(30), prediction = Standard(4);
        var groups = tensor(Enumerable.Range(0, 30).Select(row => row < 20 ? 0L : 1L).ToArray());
        var conformal = ConformalRegression.Calibrate(calibration, Normal(30, 1), groups: groups);
        using var intervals = conformal.Intervals(prediction, 0.95, groups: tensor(new long[] { 0, 1, 2, 1 }));
        Values(intervals.Upper.isinf()).Should().Equal(0, 1, 1, 1);
        Values(intervals.Lower.isneginf()).Should().Equal(0, 1, 1, 1);
        intervals.Caution.Should().Be(
            "Coverage 0.95 needs at least 19 calibration rows in each group, and group 1 has 10, group 2 has 0: the intervals are infinite.");
        intervals.ToString().Should().Be($"ConformalIntervals(coverage 0.95): {intervals.Caution}");
        using var less = conformal.Intervals(prediction, 0.9, groups: tensor(new long[] { 0, 1, 0, 1 }));
        less.Caution.Should().BeNull();
    }

    [Fact]
    public void Too_few_rows_are_an_infinite_interval_and_a_sentence()
    {
        using Predictive calibration = Standard(18), prediction = Standard(4);
        using var intervals = ConformalRegression.Calibrate(calibration, Normal(18, 1)).Intervals(prediction, 0.95);
        Values(intervals.Upper).Should().OnlyContain(value => double.IsPositiveInfinity(value));
        intervals.Caution.Should().Be("Coverage 0.95 needs at least 19 calibration rows, and there are 18: the intervals are infinite.");
        ConformalRegression.RowsNeeded(0.95).Should().Be(19);
    }

    [Fact]
    public void A_weight_beyond_those_of_the_calibration_is_infinite_and_told()
    {
        using Predictive calibration = Standard(30), prediction = Standard(2);
        using var intervals = ConformalRegression.Calibrate(calibration, Normal(30, 1), weights: ones(30)).Intervals(
            prediction, 0.9, weights: tensor(new[] { 1.0, 100 }));
        Values(intervals.Upper.isinf()).Should().Equal(0, 1);
        intervals.Caution.Should().Be(
            "For 1 of 2 rows, the weights of the calibration rows do not reach coverage 0.9, which needs at least 9 rows even if all weights are "
            + "equal: the intervals are infinite.");
    }

    [Fact]
    public void Joint_outputs_are_inside_together()
    {
        using Predictive calibration = Standard(99, 3), prediction = Standard(5, 3);
        var target = Normal(99, 3);
        using var intervals = ConformalRegression.Calibrate(calibration, target, new ConformalRegressionOptions { JointOutputs = true })
            .Intervals(prediction, 0.9);
        double expected = Values(target.abs().amax([1L])).Order().ElementAt(89);
        ShouldBeClose(intervals.Upper, full(5, 3, expected, float64), 1e-15);
    }

    [Fact]
    public void Rows_of_any_shape_have_intervals()
    {
        foreach (long[] row in new[] { Array.Empty<long>(), [3], [2, 2] })
        {
            using Predictive calibration = Predicted([30, .. row]), prediction = Predicted([4, .. row]);
            foreach (bool joint in new[] { false, true })
            {
                using var intervals = ConformalRegression.Calibrate(
                    calibration, Normal([30, .. row]), new ConformalRegressionOptions { JointOutputs = joint }).Intervals(prediction);
                intervals.Lower.shape.Should().Equal([4, .. row]);
            }
        }
    }

    [Fact]
    public void Counts_and_single_precision_have_intervals_of_their_type()
    {
        using Predictive calibration = Predictive.OfSamples(randn(3, 40, 1), new PoissonLikelihood()), prediction = Predictive.OfSamples(
            randn(3, 5, 1), new PoissonLikelihood());
        foreach (var score in Scores)
        {
            using var intervals = Calibrated(calibration, randint(0, 5, [40, 1]), score).Intervals(prediction);
            intervals.Lower.dtype.Should().Be(float32);
        }
    }

    [Fact]
    public void Bad_input_is_refused_in_a_sentence()
    {
        using Predictive calibration = Standard(20), prediction = Standard(4);
        Tensor target = Normal(20, 1), label = zeros(20, int64), weight = ones(20);
        var plain = ConformalRegression.Calibrate(calibration, target);
        var (grouped, weighted) = (ConformalRegression.Calibrate(calibration, target, groups: label), ConformalRegression.Calibrate(
            calibration, target, weights: weight));
        Refuses(() => ConformalRegression.Calibrate(calibration, Normal(20)),
            "The target has shape [20] and the prediction [20, 1]; expected equal shapes: use target.unsqueeze(1).*");
        Refuses(() => ConformalRegression.Calibrate(calibration, target.log()), "target has the value NaN; expected finite numbers.*");
        Refuses(() => ConformalRegression.Calibrate(calibration, target, groups: zeros(20, 1)),
            "groups has shape [20, 1]; expected [20], a label for each row: use groups.squeeze(1).*");
        Refuses(() => ConformalRegression.Calibrate(calibration, target, groups: zeros(20).add(0.5)), "groups has the value 0.5; *whole numbers*");
        Refuses(() => ConformalRegression.Calibrate(calibration, target, weights: -weight), "weights has the value -1; *at least 0*");
        Refuses(() => plain.Intervals(prediction, groups: label[..4]), "The prediction has groups, and the calibration has none; *");
        Refuses(() => plain.Intervals(prediction, weights: weight[..4]), "The prediction has weights, and the calibration has none; *");
        Refuses(() => grouped.Intervals(prediction), "The calibration has groups, and the prediction has none; *");
        Refuses(() => weighted.Intervals(prediction), "The calibration has weights, and the prediction has none; *");
        Refuses(() => plain.Intervals(prediction, 1), "coverage is 1; expected a number above 0 and below 1.*");
        Refuses(() => plain.Intervals(Standard(4, 2)), "The predictions have rows of shape [1] with * and of shape [2] with *");
        Refuses(() => plain.Intervals(Predictive.OfSamples(zeros(2, 4, 1), new GaussianLikelihood(3))),
            "*expected rows of one shape and one likelihood*");
        Refuses(() => ConformalRegression.Calibrate(Predictive.OfSamples(Normal(2, 20, 3), new CategoricalLikelihood()), label),
            "The prediction has the likelihood CategoricalLikelihood, over classes; *use ConformalClassification.*");
        Refuses(() => ConformalRegression.Calibrate(
            Predictive.OfSamples(Normal(2, 20, 1), new JointLikelihood(new OutputPart(new GaussianLikelihood(1), 1))), target),
            "The prediction has several outputs, *use Predictive.Part.*");
    }

    [Fact]
    public void A_standard_deviation_of_0_and_a_NaN_are_refused()
    {
        // Without noise, the spread is that of the functions, and both agree about row 1.
        var outputs = tensor(new double[,,] { { { 1 }, { 2 } }, { { 3 }, { 2 } } });
        using var certain = Predictive.OfSamples(outputs, new Noiseless());
        Refuses(() => ConformalRegression.Calibrate(certain, zeros(2, 1)),
            "The total standard deviation of row 1 is 0; expected finite numbers above 0 for residuals in standard deviations.*");
        using var broken = Predictive.OfSamples(
            stack([Normal(3, 1), tensor(new double[,] { { 1 }, { 1 }, { double.NaN } })]), new GaussianLikelihood(1));
        Refuses(() => ConformalRegression.Calibrate(broken, zeros(3, 1)), "The score of calibration row 2 is NaN; expected numbers: *");
        // A new row with a NaN has a NaN, and the others do not.
        using var intervals = ConformalRegression.Calibrate(Standard(20), Normal(20, 1)).Intervals(broken);
        Values(intervals.Upper.isnan()).Should().Equal(0, 0, 1);
    }

    [Fact]
    public void Quantiles_need_samples_and_a_mass()
    {
        FluentActions.Invoking(() => RegressionScore.Quantiles(1)).Should().Throw<ArgumentOutOfRangeException>();
        using var model = new BayesianLinear(2, 1, dtype: float64);
        using var predictor = new MonteCarloPredictive(model, new GaussianLikelihood(1), samples: 3, seed: 1);
        using var prediction = predictor.Predict(Normal(20, 2));
        FluentActions.Invoking(() => Calibrated(prediction, Normal(20, 1), RegressionScore.Quantiles())).Should()
            .Throw<InvalidOperationException>().WithMessage("The samples were not kept*");
    }

    [Fact]
    public void A_score_of_ones_own_has_intervals()
    {
        using Predictive calibration = Predicted(99, 1), prediction = Predicted(3, 1);
        var target = Normal(99, 1);
        using var intervals = Calibrated(calibration, target, new OwnScore()).Intervals(prediction, 0.5);
        double quantile = Values((target - calibration.Mean).abs()).Order().ElementAt(49);
        ShouldBeClose(intervals.Upper, prediction.Mean + quantile, 1e-12);
        Refuses(() => Calibrated(calibration, target, new OwnScore { IsWrong = true }), "The score returned shape []; expected [99, 1]*");
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using Predictive calibration = Predicted(30, 2), prediction = Predicted(5, 2);
        Tensor target = Normal(30, 2), targets = Normal(5, 2), groups = zeros(30, int64), own = zeros(5, int64);
        long before = LiveTensors();
        foreach (var score in Scores)
        {
            var conformal = ConformalRegression.Calibrate(calibration, target, new ConformalRegressionOptions { Score = score }, groups);
            LiveTensors().Should().Be(before);
            using (var intervals = conformal.Intervals(prediction, 0.9, own))
            {
                ConformalReport.Of(intervals, targets, own);
                LiveTensors().Should().Be(before + 2);
            }
            conformal.Invoking(each => each.Intervals(prediction)).Should().Throw<ArgumentException>();
            LiveTensors().Should().Be(before);
        }
    }

    private static double Share(ConformalIntervals intervals, Tensor target) =>
        (intervals.Lower.le(target) & target.le(intervals.Upper)).to(float64).mean().item<double>();

    private static void Refuses(Action act, string message) => act.Should().Throw<ArgumentException>().WithMessage(message);

    private sealed class OwnScore : RegressionScore
    {
        public bool IsWrong { get; init; }

        public override Tensor Of(Predictive prediction, Tensor target) =>
            IsWrong ? target.mean() : (target - prediction.Mean).abs();

        public override (Tensor Lower, Tensor Upper) Interval(Predictive prediction, Tensor quantile) =>
            (prediction.Mean - quantile, prediction.Mean + quantile);
    }

    private sealed class Noiseless : Likelihood
    {
        public override Tensor LogProbability(Tensor output, Tensor target) => throw new NotSupportedException();

        public override Tensor Mean(Tensor output) => output.alias();

        public override Tensor Variance(Tensor output) => zeros_like(output);

        public override string ToString() => nameof(Noiseless);
    }
}
