using Bayes.Layers.Checkpoints;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tabular;

namespace Bayes.Layers.Tests.Tabular;

public sealed class TabularClassificationTests : TorchTest, IDisposable
{
    private static readonly Table Training = TabularTables.Classes(400), HeldOut = TabularTables.Classes(2000, seed: 2);
    private static readonly Lazy<TabularClassification> Trained = new(() => TabularClassification.Train(Training, "kind", TabularTables.Quick));
    private static readonly Lazy<TabularClassification> Calibrated =
        new(() => TabularClassification.Train(Training, "kind", TabularTables.Quick with { CalibrationShare = 0.3 }));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-");

    void IDisposable.Dispose()
    {
        _folder.Delete(recursive: true);
        Dispose();
    }

    [Fact]
    public void Learns_classes_and_their_probabilities()
    {
        var prediction = Trained.Value.Predict(HeldOut);
        prediction.ClassNames.Should().Equal("high", "low", "middle").And.Equal(Trained.Value.Classes);
        double[] logs = [.. prediction.LogProbabilityOf(Observed(HeldOut))];
        logs.Average().Should().BeInRange(TrueLogProbability() - 0.04, TrueLogProbability() + 0.01);
        CalibrationOf(prediction).ExpectedError.Should().BeLessThan(0.06);
        prediction.PredictedClass.Zip(Observed(HeldOut)).Average(each => each.First == each.Second ? 1 : 0.0).Should().BeGreaterThan(0.6);
        Trained.Value.Temperature.Should().Be(1);
        Trained.Value.Likelihood.Should().BeOfType<CategoricalLikelihood>();
        Trained.Value.Target.Should().Be("kind");
        Trained.Value.ToString().Should().StartWith("Classification of 'kind' into 3 classes by ").And.EndWith(" networks, from 400 rows");
        prediction.ToString().Should().StartWith("2000 rows: ");
    }

    [Fact]
    public void Probabilities_sum_to_one_and_entropies_add_up_and_are_those_of_the_probabilities()
    {
        foreach (var model in new[] { Trained.Value, Calibrated.Value })
        {
            var prediction = model.Predict(HeldOut.Rows([.. Enumerable.Range(0, 50)]));
            double[,] probabilities = prediction.Probabilities;
            for (int row = 0; row < prediction.RowCount; row++)
            {
                double[] own = [.. Enumerable.Range(0, 3).Select(index => probabilities[row, index])];
                own.Sum().Should().BeApproximately(1, 1e-12);
                own.Sum(probability => -probability * Math.Log(probability)).Should().BeApproximately(prediction.TotalEntropy[row], 1e-12);
                prediction.ClassNames[own.Index().MaxBy(each => each.Item).Index].Should().Be(prediction.PredictedClass[row]);
                (prediction.ExpectedEntropy[row] + prediction.MutualInformation[row]).Should().BeApproximately(prediction.TotalEntropy[row], 1e-12);
                prediction.MutualInformation[row].Should().BeInRange(0, prediction.TotalEntropy[row]);
                prediction.ProbabilityOf("low")[row].Should().Be(own[1]);
                prediction.LogProbabilityOf([.. Enumerable.Repeat("low", 50)])[row].Should().BeApproximately(Math.Log(own[1]), 1e-12);
            }
        }
    }

    [Fact]
    public void The_prediction_is_that_of_the_distribution_and_the_likelihood()
    {
        var rows = HeldOut.Rows([.. Enumerable.Range(0, 20)]);
        var prediction = Trained.Value.Predict(rows);
        IScoredModel model = Trained.Value;
        using var predictor = new MonteCarloPredictive(Trained.Value.Distribution, Trained.Value.Likelihood, 50, 1);
        using var same = predictor.Predict(TabularNetworks.ToInput(model.Networks.Encoding.Encode(rows)));
        double[] means = Values(same.Mean);
        for (int row = 0; row < 20; row++)
        {
            prediction.ProbabilityOf("low")[row].Should().BeApproximately(means[3 * row + 1], 1e-5);
            prediction.TotalEntropy[row].Should().BeApproximately(Values(same.TotalEntropy)[row], 1e-5);
            prediction.MutualInformation[row].Should().BeApproximately(Values(same.MutualInformation)[row], 1e-5);
        }
    }

    [Fact]
    public void Calibration_does_not_make_held_out_classes_less_probable()
    {
        var calibrated = Calibrated.Value;
        calibrated.Temperature.Should().BeInRange(0.5, 2);
        calibrated.Summary.Rows.Should().BeInRange(275, 285);
        CalibrationOf(calibrated.Predict(HeldOut)).ExpectedError.Should().BeLessThan(0.06);

        // The temperature is that of the least loss, and 1 is a possible one.
        IScoredModel model = calibrated;
        var blocks = new NetworkBlocks(model.Networks, new CategoricalLikelihood(), 3, HeldOut);
        int[] classes = [.. Observed(HeldOut).Select(name => calibrated.Classes.Index().First(each => each.Item == name).Index)];
        double best = ClassTemperature.Learn(blocks, classes, null, default).Value;
        double[] losses = [.. new[] { best / 1.3, best, best * 1.3, 1 }.Select(temperature =>
        {
            using var prediction = blocks.Predict(0, default);
            var logs = new ClassTemperature(temperature, 0).Mixture(prediction.Samples).LogProbabilities;
            return -classes.Select((index, row) => logs[row, index]).Average();
        })];
        losses[1].Should().Be(losses.Min());
        ClassTemperature.Learn(blocks, classes, new double[2000], default).Value.Should().Be(1);
    }

    [Fact]
    public void Calibration_of_rows_at_random_keeps_every_class_in_training()
    {
        string[] kinds = [.. Enumerable.Range(0, 60).Select(row => row < 2 ? "rare" : row < 30 ? "one" : "two")];
        var table = new Table(("x", Enumerable.Range(0, 60)), ("kind", kinds));
        for (int seed = 0; seed < 3; seed++)
        {
            using var model = TabularClassification.Train(
                table, "kind", TabularTables.Quick with { Steps = 5, CalibrationShare = 0.5, Seed = seed });
            model.Classes.Should().Equal("one", "rare", "two");
        }
    }

    [Fact]
    public void Rows_of_weight_0_do_not_matter()
    {
        double[] weights = [.. Enumerable.Range(0, 400).Select(row => row < 200 ? 1.0 : 0)];
        // The other half says the contrary.
        double[] x = [.. Training.Column("x").Numbers.ToArray().Select((value, row) => row < 200 ? value : -value)];
        var table = Training.Without("x").With("x", x).With("weight", weights);
        using var model = TabularClassification.Train(table, "kind", TabularTables.Quick with { WeightColumn = "weight" });
        var prediction = model.Predict(HeldOut);
        prediction.LogProbabilityOf(Observed(HeldOut)).Average().Should().BeGreaterThan(TrueLogProbability() - 0.06);
    }

    [Fact]
    public void A_saved_model_predicts_the_same_bits()
    {
        var model = Calibrated.Value;
        string file = Path.Combine(_folder.FullName, "model.bayes");
        model.Save(file);
        using var loaded = TabularClassification.Load(file);
        loaded.Temperature.Should().Be(model.Temperature);
        loaded.Classes.Should().Equal(model.Classes);
        loaded.Summary.ToString().Should().Be(model.Summary.ToString());
        loaded.Predict(HeldOut).Probabilities.Should().BeEquivalentTo(model.Predict(HeldOut).Probabilities);
        FluentActions.Invoking(() => TabularRegression.Load(file)).Should().Throw<CheckpointException>()
            .WithMessage("The file '*' holds a classification; expected a regression.");
    }

    [Fact]
    public void Numbers_and_truth_values_are_classes_too()
    {
        double[] x = [.. Enumerable.Range(0, 100).Select(row => row / 50.0 - 1)];
        var table = new Table(("x", x), ("sign", x.Select(value => value > 0)), ("grade", x.Select(value => value > 0 ? 10 : 9)));
        using var truth = TabularClassification.Train(table.Without("grade"), "sign", TabularTables.Quick with { Steps = 100 });
        truth.Classes.Should().Equal("false", "true");
        truth.Predict(table).PredictedClass.Zip(x).Average(each => (each.First == "true") == each.Second > 0 ? 1 : 0.0).Should().BeGreaterThan(0.9);
        using var grades = TabularClassification.Train(table.Without("sign"), "grade", TabularTables.Quick with { Steps = 5 });
        grades.Classes.Should().Equal("9", "10");
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        FluentActions.Invoking(() => TabularClassification.Train(Training, "kind", new TabularOptions { Noise = TabularNoise.Poisson() }))
            .Should().Throw<ArgumentException>()
            .WithMessage("The noise of the classification of 'kind' is Poisson; expected learned, which says all of classes.*");
        FluentActions.Invoking(() => TabularClassification.Train(Training, "none")).Should().Throw<ArgumentException>()
            .WithMessage("The table has no column 'none', the target; expected one of*");
        FluentActions.Invoking(() => TabularClassification.Train(Training, "x")).Should().Throw<InvalidDataException>()
            .WithMessage("The column 'x', the target, has 400 classes in 400 rows*");
        FluentActions.Invoking(() => TabularClassification.Train(
                Training, "kind", new TabularOptions { Features = ["x", "kind"] })).Should().Throw<ArgumentException>()
            .WithMessage("The column 'kind' is the target and among the features*");
        var prediction = Trained.Value.Predict(HeldOut);
        FluentActions.Invoking(() => prediction.ProbabilityOf("none")).Should().Throw<ArgumentException>()
            .WithMessage("The target 'kind' has no class \"none\"; expected one of 'high', 'low', 'middle'.*");
        FluentActions.Invoking(() => prediction.LogProbabilityOf(["high"])).Should().Throw<ArgumentException>()
            .WithMessage("The number of classes is 1 for 2000 rows; expected one for each.*");
        FluentActions.Invoking(() => Trained.Value.Predict(new Table(("nothing", new[] { 1.0 })))).Should().Throw<InvalidDataException>()
            .WithMessage("The table has no column 'x', which the model was trained with; found 'nothing'.");
    }

    [Fact]
    public void A_cancelled_training_leaves_no_tensor_behind()
    {
        long before = LiveTensors();
        using var cancellation = new CancellationTokenSource();
        var progress = new Seen<TabularProgress>(report =>
        {
            if (report.Fraction > 0.3)
                cancellation.Cancel();
        });
        FluentActions.Invoking(() => TabularClassification.Train(Training, "kind", TabularTables.Quick, progress, cancellation.Token))
            .Should().Throw<OperationCanceledException>();
        progress.Values.Should().NotBeEmpty().And.OnlyContain(report => report.Fraction < 0.9);
        LiveTensors().Should().Be(before);
    }

    private static IReadOnlyList<string> Observed(Table rows) =>
        [.. Enumerable.Range(0, rows.RowCount).Select(row => rows.Column("kind").Text(row)!)];

    // Of the distribution that made the table.
    private static double TrueLogProbability() => HeldOut.Column("x").Numbers.ToArray().Zip(Observed(HeldOut), (x, name) =>
        (name == "high" ? 2 * x : name == "low" ? -2 * x : 0) - Math.Log(Math.Exp(2 * x) + Math.Exp(-2 * x) + 1)).Average();

    private static Calibration CalibrationOf(TabularClassPrediction prediction)
    {
        long[] classes = [.. Observed(HeldOut).Select(name => (long)prediction.ClassNames.Index().First(each => each.Item == name).Index)];
        return Calibration.OfConfidence(tensor(prediction.Probabilities), tensor(classes), 10);
    }
}
