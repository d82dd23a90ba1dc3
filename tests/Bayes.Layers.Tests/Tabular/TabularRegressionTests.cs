using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tabular;

namespace Bayes.Layers.Tests.Tabular;

public sealed class TabularRegressionTests : TorchTest
{
    private static readonly Table Training = TabularTables.Numbers(300), HeldOut = TabularTables.Numbers(400, seed: 2);
    private static readonly double[] Observed = HeldOut.Column("y").Numbers.ToArray();
    private static readonly Lazy<TabularRegression> Trained = new(() => TabularRegression.Train(Training, "y", TabularTables.Quick));

    [Fact]
    public void Learns_the_columns_and_knows_the_noise()
    {
        using var prediction = Trained.Value.Predict(HeldOut);
        // The standard deviation of the target is 3.6, and that of the noise 0.3.
        RootMeanSquare(prediction.Mean.Zip(Observed, (mean, y) => mean - y)).Should().BeLessThan(0.6);
        RootMeanSquare(prediction.AleatoricStddev).Should().BeInRange(0.2, 0.6);
        prediction.LogDensityOf(Observed).Average().Should().BeGreaterThan(-1);
        prediction.RowCount.Should().Be(400);
        prediction.Report.IsEmpty.Should().Be(prediction.Report.OutOfRange == 0);
        Trained.Value.Target.Should().Be("y");
        Trained.Value.Summary.Members.Sum(member => member.Weight).Should().BeApproximately(1, 1e-12);
        Trained.Value.Summary.Columns.Select(column => column.Column).Should().Equal("x", "group", "nothing");
        Trained.Value.ToString().Should().StartWith("Regression of 'y' by ").And.EndWith(" networks, from 300 rows");
    }

    [Fact]
    public void Predictions_have_the_unit_of_the_target()
    {
        using var large = TabularRegression.Train(TabularTables.Numbers(300, unit: 1000), "y", TabularTables.Quick);
        using var prediction = Trained.Value.Predict(HeldOut);
        using var thousandfold = large.Predict(HeldOut);
        var (lower, upper) = prediction.Interval(0.8);
        var (lowerLarge, upperLarge) = thousandfold.Interval(0.8);
        var densities = prediction.LogDensityOf(Observed);
        var densitiesLarge = thousandfold.LogDensityOf([.. Observed.Select(y => 1000 * y)]);
        for (int row = 0; row < prediction.RowCount; row += 10)
        {
            double spread = prediction.TotalStddev[row];
            (thousandfold.Mean[row] / 1000).Should().BeApproximately(prediction.Mean[row], 0.05 * spread);
            (thousandfold.EpistemicStddev[row] / 1000).Should().BeApproximately(prediction.EpistemicStddev[row], 0.05 * spread);
            (lowerLarge[row] / 1000).Should().BeApproximately(lower[row], 0.1 * spread);
            (upperLarge[row] / 1000).Should().BeApproximately(upper[row], 0.1 * spread);
            densitiesLarge[row].Should().BeApproximately(densities[row] - Math.Log(1000), 0.2);
        }
    }

    [Fact]
    public void Trainings_at_the_same_time_give_what_each_gives_alone()
    {
        using var state = get_rng_state();
        int[] seeds = [3, 4, 5];
        double[][] alone = [.. seeds.Select(Means)], together = new double[seeds.Length][];
        Parallel.For(0, seeds.Length, new ParallelOptions { MaxDegreeOfParallelism = seeds.Length }, i => together[i] = Means(seeds[i]));
        together.Should().BeEquivalentTo(alone, options => options.WithStrictOrdering());
        using var now = get_rng_state();
        now.bytes.ToArray().Should().Equal(state.bytes.ToArray(), "the caller's generator is where it was");

        static double[] Means(int seed)
        {
            using var model = TabularRegression.Train(Training, "y", TabularTables.Quick with { Seed = seed, Steps = 60 });
            using var prediction = model.Predict(HeldOut);
            return [.. prediction.Mean];
        }
    }

    [Fact]
    public void Squares_of_both_parts_of_the_spread_add_up()
    {
        using var prediction = Trained.Value.Predict(HeldOut);
        for (int row = 0; row < prediction.RowCount; row++)
        {
            double epistemic = prediction.EpistemicStddev[row], aleatoric = prediction.AleatoricStddev[row], total = prediction.TotalStddev[row];
            (epistemic * epistemic + aleatoric * aleatoric).Should().BeApproximately(total * total, 1e-5 * total * total);
        }
    }

    [Fact]
    public void Quantiles_and_probabilities_invert_each_other_and_intervals_are_quantiles()
    {
        using var prediction = Trained.Value.Predict(HeldOut);
        double[] levels = [0.05, 0.3, 0.5, 0.95];
        var quantiles = prediction.Quantiles(levels);
        foreach (var (index, level) in levels.Index())
            prediction.CumulativeProbability(quantiles[index]).Should().OnlyContain(below => Math.Abs(below - level) < 2e-3);
        var (lower, upper) = prediction.Interval(0.9);
        lower.Should().Equal(quantiles[0]);
        upper.Should().Equal(quantiles[3]);
        double covered = Observed.Index().Average(each => each.Item >= lower[each.Index] && each.Item <= upper[each.Index] ? 1 : 0.0);
        covered.Should().BeInRange(0.8, 1);
        var below = prediction.CumulativeProbability([.. Enumerable.Repeat(1.5, 400)]);
        prediction.ProbabilityAbove(1.5).Should().Equal(below.Select(share => 1 - share));
    }

    [Fact]
    public void Blocks_of_rows_do_not_change_a_prediction()
    {
        // More draws than fit one block with all rows.
        using var model = TabularRegression.Train(Training, "y", TabularTables.Quick with { Steps = 20, Draws = 6000 });
        using var all = model.Predict(HeldOut);
        using var some = model.Predict(HeldOut.Rows([399]));
        all.Mean[399].Should().BeApproximately(some.Mean[0], 1e-5);
        all.LogDensityOf(Observed)[399].Should().BeApproximately(some.LogDensityOf([Observed[399]])[0], 1e-4);
    }

    [Fact]
    public void One_seed_gives_one_model_however_many_networks_are_trained_at_a_time()
    {
        var options = TabularTables.Quick with { Steps = 30 };
        using var one = TabularRegression.Train(Training, "y", options);
        using var same = TabularRegression.Train(Training, "y", options with { MembersAtATime = 2 });
        using var other = TabularRegression.Train(Training, "y", options with { Seed = 2 });
        Mean(same).Should().Equal(Mean(one));
        Mean(other).Should().NotEqual(Mean(one));

        static IReadOnlyList<double> Mean(TabularRegression model)
        {
            using var prediction = model.Predict(HeldOut);
            return prediction.Mean;
        }
    }

    [Fact]
    public void Rows_of_weight_0_do_not_matter()
    {
        double[] y = [.. Training.Column("y").Numbers.ToArray().Select((value, row) => row < 200 ? value : 50 - value)];
        var table = Training.Without("y").With("y", y).With("weight", Enumerable.Range(0, 300).Select(row => row < 200 ? 1 : 0));
        using var model = TabularRegression.Train(table, "y", TabularTables.Quick with { WeightColumn = "weight", Steps = 500 });
        using var prediction = model.Predict(HeldOut);
        RootMeanSquare(prediction.Mean.Zip(Observed, (mean, value) => mean - value)).Should().BeLessThan(1.5);
    }

    [Fact]
    public void A_row_of_weight_4_is_as_sure_as_four_rows()
    {
        var few = Training.Rows([.. Enumerable.Range(0, 40)]);
        var options = TabularTables.Quick with { Steps = 600, BatchSize = 40, Noise = TabularNoise.Given("error") };
        double once = Spread(few, options);
        double weighted = Spread(few.With("weight", Enumerable.Repeat(4, 40)), options with { WeightColumn = "weight" });
        double repeated = Spread(few.Rows([.. Enumerable.Range(0, 160).Select(row => row % 40)]), options with { Steps = 1200 });
        weighted.Should().BeApproximately(repeated, 0.35 * repeated);
        // Half as unsure, up to the prior.
        weighted.Should().BeInRange(0.4 * once, 0.75 * once);

        static double Spread(Table rows, TabularOptions options)
        {
            using var model = TabularRegression.Train(rows.With("error", Enumerable.Repeat(1, rows.RowCount)), "y", options);
            using var prediction = model.Predict(HeldOut.With("error", Enumerable.Repeat(1, 400)));
            return prediction.EpistemicStddev.Average();
        }
    }

    [Fact]
    public void Counts_have_a_rate_that_is_proportional_to_the_exposure()
    {
        using var model = TabularRegression.Train(
            TabularTables.Counts(400), "count", TabularTables.Quick with { Noise = TabularNoise.Poisson("exposure") });
        model.Likelihood.Should().BeOfType<PoissonLikelihood>();
        double[] x = [-1, 0, 1];
        using var once = model.Predict(new Table(("x", x), ("exposure", new[] { 1, 1, 1 })));
        using var twice = model.Predict(new Table(("x", x), ("exposure", new[] { 2, 2, 2 })));
        for (int row = 0; row < 3; row++)
        {
            once.Mean[row].Should().BeApproximately(Math.Exp(0.5 + x[row]), 0.25 * Math.Exp(0.5 + x[row]));
            twice.Mean[row].Should().BeApproximately(2 * once.Mean[row], 1e-4 * once.Mean[row]);
            once.AleatoricStddev[row].Should().BeApproximately(Math.Sqrt(once.Mean[row]), 1e-3);
        }
        double sum = Enumerable.Range(0, 60).Sum(count => Math.Exp(once.LogDensityOf([count, count, count])[1]));
        sum.Should().BeApproximately(1, 1e-5);
        once.CumulativeProbability([-1, -1, -1]).Should().OnlyContain(below => below == 0);
        FluentActions.Invoking(() => model.Predict(new Table(("x", x)))).Should().Throw<InvalidDataException>()
            .WithMessage("The table has no column 'exposure', the exposure; expected one of 'x'.");
    }

    [Fact]
    public void Given_noise_is_all_the_noise_there_is()
    {
        double[] stddevs = [.. Enumerable.Range(0, 300).Select(row => row % 2 == 0 ? 0.3 : 1)];
        using var model = TabularRegression.Train(
            Training.With("error", stddevs), "y", TabularTables.Quick with { Noise = TabularNoise.Given("error") });
        using var prediction = model.Predict(Training.With("error", stddevs));
        for (int row = 0; row < 300; row++)
            prediction.AleatoricStddev[row].Should().BeApproximately(stddevs[row], 1e-4);
        RootMeanSquare(prediction.Mean.Zip(Training.Column("y").Numbers.ToArray(), (mean, y) => mean - y)).Should().BeLessThan(1);
    }

    [Fact]
    public void Calibrated_intervals_cover_what_they_say()
    {
        using var model = TabularRegression.Train(
            Training, "y", TabularTables.Quick with { Steps = 100, CalibrationShare = 0.4 });
        model.Summary.Rows.Should().Be(180);
        using var prediction = model.Predict(TabularTables.Numbers(1000, seed: 3));
        double[] y = TabularTables.Numbers(1000, seed: 3).Column("y").Numbers.ToArray();
        foreach (double mass in new[] { 0.5, 0.9 })
        {
            var (lower, upper) = prediction.Interval(mass);
            // 120 rows of calibration: a standard error of 0.03 to 0.045 beside that of 1000 rows.
            y.Index().Average(each => each.Item >= lower[each.Index] && each.Item <= upper[each.Index] ? 1 : 0.0)
                .Should().BeApproximately(mass, 0.1);
        }
        FluentActions.Invoking(() => prediction.Interval(0.999)).Should().Throw<InvalidOperationException>()
            .WithMessage("An interval of 0.999 needs 999 rows of calibration, and there are 120; expected a smaller interval or a larger "
                + "CalibrationShare.");
    }

    [Fact]
    public void What_is_unusual_in_rows_is_counted_and_predicted_with_finite_numbers()
    {
        double[] gaps = [.. Training.Column("x").Numbers.ToArray().Select((x, row) => row % 10 == 0 ? double.NaN : x)];
        using var model = TabularRegression.Train(
            Training.Without("x", "nothing").With("x", gaps), "y", TabularTables.Quick with { Steps = 50 });
        using var prediction = model.Predict(new Table(
            ("x", new[] { double.NaN, double.PositiveInfinity, 1e9, 0 }), ("group", new[] { "a", "other", null, "b" })));
        prediction.Report.Missing.Should().Be(3);
        prediction.Report.Infinite.Should().Be(1);
        prediction.Report.OutOfRange.Should().Be(1);
        prediction.Report.UnknownCategories.Should().Be(1);
        prediction.Mean.Concat(prediction.TotalStddev).Should().OnlyContain(number => double.IsFinite(number));
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        Fault(Training.Without("y").With("y", new double[300])).Should().Throw<InvalidDataException>()
            .WithMessage("The column 'y', the target, is 0 in every row; expected numbers that differ.");
        Fault(Training.Rows([0])).Should().Throw<InvalidDataException>();
        Fault(Training.Rows([])).Should().Throw<InvalidDataException>().WithMessage("The table has 0 rows to train on; expected at least 2.");
        Fault(Training.Without("x").With("x", Enumerable.Repeat(double.PositiveInfinity, 300))).Should().Throw<InvalidDataException>()
            .WithMessage("The column 'x' has Infinity in row 0 (from 0)*");
        Fault(new Table(("x", new double?[300]), ("y", Enumerable.Range(0, 300)))).Should().Throw<InvalidDataException>()
            .WithMessage("No column is left to predict from ('x': it is missing in every row)*");
        Fault(Training, new TabularOptions { Features = ["x", "y"] }).Should().Throw<ArgumentException>()
            .WithMessage("The column 'y' is the target and among the features*");
        Fault(Training, new TabularOptions { WeightColumn = "y" }).Should().Throw<ArgumentException>()
            .WithMessage("The column 'y' is the target and the weight of rows*");
        Fault(Training, new TabularOptions { Columns = [new TabularColumn("group", ColumnKind.Date)] }).Should().Throw<InvalidDataException>();
        using var prediction = Trained.Value.Predict(HeldOut);
        FluentActions.Invoking(() => prediction.Interval(1)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("mass is 1; expected a probability above 0 and below 1.*");
        FluentActions.Invoking(() => prediction.LogDensityOf([1])).Should().Throw<ArgumentException>()
            .WithMessage("There are 1 values for 400 rows; expected one for each.*");
        FluentActions.Invoking(() => prediction.CumulativeProbability([.. Enumerable.Repeat(double.NaN, 400)])).Should().Throw<ArgumentException>()
            .WithMessage("The value of row 0 (from 0) is NaN; expected a finite number.*");

        static Func<TabularRegression> Fault(Table table, TabularOptions? options = null) =>
            () => TabularRegression.Train(table, "y", options ?? TabularTables.Quick);
    }

    [Fact]
    public void What_calibration_would_refuse_is_refused_before_the_training()
    {
        // Of four seeds some hold row 0 out, and others train on it.
        double[] y = [.. Training.Column("y").Numbers.ToArray().Select((value, row) => row == 0 ? double.NaN : value)];
        var progress = new Seen<TabularProgress>();
        for (int seed = 0; seed < 4; seed++)
            FluentActions.Invoking(() => TabularRegression.Train(
                    Training.Without("y").With("y", y), "y", TabularTables.Quick with { CalibrationShare = 0.5, Seed = seed }, progress))
                .Should().Throw<InvalidDataException>().WithMessage("The column 'y', the target, is missing in 1 of 150 rows*");
        progress.Values.Should().BeEmpty();
    }

    [Fact]
    public void A_thousand_categories_are_trained_on()
    {
        var table = new Table(
            ("category", Enumerable.Range(0, 1000).Select(row => $"c{row}")), ("x", Enumerable.Range(0, 1000)), ("y", Enumerable.Range(0, 1000)));
        using var model = TabularRegression.Train(table, "y", TabularTables.Quick with { Steps = 5 });
        model.Summary.Columns[0].LeftOut.Should().NotBeNull();
    }

    [Fact]
    public void Progress_rises_to_1_and_a_cancelled_training_leaves_no_tensor_behind()
    {
        long before = LiveTensors();
        var progress = new Seen<TabularProgress>();
        TabularRegression.Train(Training, "y", TabularTables.Quick with { Steps = 50 }, progress).Dispose();
        progress.Values.Select(report => report.Fraction).Should().BeInAscendingOrder();
        progress.Values[^1].Fraction.Should().BeApproximately(1, 1e-9);
        progress.Values.Should().OnlyContain(report => report.Members == 2 && report.Member < 2);
        LiveTensors().Should().Be(before);

        using var cancellation = new CancellationTokenSource();
        var cancelling = new Seen<TabularProgress>(report =>
        {
            if (report.Fraction > 0.3)
                cancellation.Cancel();
        });
        FluentActions.Invoking(() => TabularRegression.Train(Training, "y", TabularTables.Quick, cancelling, cancellation.Token))
            .Should().Throw<OperationCanceledException>();
        LiveTensors().Should().Be(before);
        FluentActions.Invoking(() => Trained.Value.Predict(HeldOut, cancellation.Token)).Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Predictions_leave_no_tensor_behind()
    {
        _ = Trained.Value;
        long before = LiveTensors();
        using (var prediction = Trained.Value.Predict(HeldOut))
        {
            prediction.Quantiles([0.5]);
            prediction.LogDensityOf(Observed);
        }
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void A_disposed_prediction_keeps_its_means_alone()
    {
        var prediction = Trained.Value.Predict(HeldOut);
        prediction.Dispose();
        prediction.Mean.Should().HaveCount(400);
        FluentActions.Invoking(() => prediction.Quantiles([0.5])).Should().Throw<ObjectDisposedException>();
    }

    private static double RootMeanSquare(IEnumerable<double> values) => Math.Sqrt(values.Average(value => value * value));
}
