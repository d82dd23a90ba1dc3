using Bayes.Layers.Checkpoints;
using Bayes.Layers.ML;
using Bayes.Layers.Training;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.Tests.ML;

/// <summary>A Bayesian network in pipelines of ML.NET: as trainer, transformer, saved model, engine and in cross-validation.</summary>
public sealed class BayesianNetworkTests : TorchTest
{
    private static readonly BayesianNetworkOptions Options = new()
    {
        HiddenUnits = [8], Samples = 30, Training = new VariationalTrainerOptions { Epochs = 60, BatchSize = 64, LearningRate = 0.03 },
    };

    // Trained hardly at all, for tests of what does not depend on it.
    private static readonly BayesianNetworkOptions Quick = Options with { Training = Options.Training with { Epochs = 4 } };

    private static readonly string[] Columns = ["Score", "Epistemic", "Aleatoric", "Lower", "Upper"];

    private readonly MLContext _context = new(seed: 1);

    [Fact]
    public void A_regression_after_one_hot_columns_is_accurate_and_honest_in_the_unit_of_its_label()
    {
        var test = Load(HouseRow.Simulate(1_500, seed: 2));
        using var model = Trained(Options);
        var predicted = model.Transform(test);
        var metrics = _context.Regression.Evaluate(predicted, nameof(HouseRow.Price));
        metrics.RSquared.Should().BeGreaterThan(0.98);
        metrics.RootMeanSquaredError.Should().BeInRange(4, 9, "the noise is 5");
        var rows = _context.Data.CreateEnumerable<HousePrediction>(predicted, reuseRowObject: false).ToArray();
        rows.Should().HaveCount(1_500).And.OnlyContain(row => row.Lower < row.Score && row.Score < row.Upper && row.Epistemic > 0);
        rows.Average(row => row.Aleatoric).Should().BeInRange(3.5f, 9);
        double covered = rows.Zip(HouseRow.Simulate(1_500, seed: 2)).Average(each => each.Second.Price >= each.First.Lower
            && each.Second.Price <= each.First.Upper ? 1.0 : 0);
        covered.Should().BeInRange(0.85, 0.99);
    }

    [Fact]
    public void Rows_that_are_read_ahead_are_those_of_single_rows_and_of_a_prediction_engine()
    {
        var rows = HouseRow.Simulate(1_100, seed: 3);
        using var model = Trained();
        float[][] ahead = Read(model, rows);
        var engine = _context.Model.CreatePredictionEngine<HouseRow, HousePrediction>(model);
        foreach (int row in new[] { 0, 1, 1_023, 1_024, 1_099 })
            engine.Predict(rows[row]).All.Zip(ahead[row]).Should().OnlyContain(
                pair => Math.Abs(pair.First - pair.Second) <= 1e-4 * Math.Abs(pair.Second), "blocks change no more than rounding");
        engine.Predict(rows[5]).Score.Should().NotBe(engine.Predict(rows[6]).Score);
    }

    [Fact]
    public void A_saved_pipeline_predicts_the_same_bits()
    {
        var rows = HouseRow.Simulate(200, seed: 3);
        using var model = Trained();
        using var saved = Saved(model);
        var fresh = new MLContext();
        fresh.ComponentCatalog.RegisterBayesianNetworks();
        fresh.ComponentCatalog.RegisterBayesianNetworks();
        using var loaded = (TransformerChain<ITransformer>)fresh.Model.Load(saved, out var schema);
        schema.Should().Contain(column => column.Name == nameof(HouseRow.Kind));
        Read(loaded, rows).Should().BeEquivalentTo(Read(model, rows), options => options.WithStrictOrdering());
        loaded.Last().Should().BeOfType<BayesianNetworkTransformer>().Which.History.Should().BeNull();
        // A loaded network is saved again.
        using var again = Saved(loaded);
        Read(_context.Model.Load(again, out _), rows).Should().BeEquivalentTo(Read(model, rows), options => options.WithStrictOrdering());
    }

    [Fact]
    public void The_same_seed_gives_the_same_network_and_leaves_torchs_generator_alone()
    {
        var rows = HouseRow.Simulate(50, seed: 4);
        random.manual_seed(1);
        using var first = Trained();
        double next = rand(1).item<float>();
        random.manual_seed(1);
        rand(1).item<float>().Should().Be((float)next);
        random.manual_seed(2);
        using var second = Trained();
        using var other = Trained(Quick with { Seed = 5 });
        Read(second, rows).Should().BeEquivalentTo(Read(first, rows), options => options.WithStrictOrdering());
        Read(other, rows)[0].Should().NotEqual(Read(first, rows)[0]);
    }

    [Fact]
    public void Cross_validation_trains_and_judges_each_part()
    {
        var results = _context.Regression.CrossValidate(
            Load(HouseRow.Simulate(300)), Pipeline(Options), numberOfFolds: 2, labelColumnName: nameof(HouseRow.Price));
        results.Should().HaveCount(2).And.OnlyContain(result => result.Metrics.RSquared > 0.9);
    }

    [Fact]
    public void Rows_beyond_those_kept_in_memory_are_read_anew_in_every_epoch()
    {
        var test = HouseRow.Simulate(300, seed: 2);
        using var model = Trained(Options with { MaximumRowsInMemory = 100, ShuffleBuffer = 200 });
        _context.Regression.Evaluate(model.Transform(Load(test)), nameof(HouseRow.Price)).RSquared.Should().BeGreaterThan(0.97);
    }

    [Fact]
    public void Columns_that_nobody_asks_for_are_not_computed()
    {
        using var model = Trained();
        var view = model.Transform(Load(HouseRow.Simulate(5)));
        view.Schema.Select(column => column.Name).Should().ContainInOrder(Columns);
        using var cursor = view.GetRowCursor([view.Schema["Area"], view.Schema["Upper"]]);
        (cursor.IsColumnActive(view.Schema["Area"]), cursor.IsColumnActive(view.Schema["Score"])).Should().Be((true, false));
        FluentActions.Invoking(() => cursor.GetGetter<float>(view.Schema["Score"])).Should().Throw<InvalidOperationException>()
            .WithMessage("The column 'Score' is not active; expected one that was asked for with the cursor.");
        var upper = cursor.GetGetter<float>(view.Schema["Upper"]);
        float value = 0;
        int rows = 0;
        while (cursor.MoveNext())
        {
            upper(ref value);
            float.IsFinite(value).Should().BeTrue();
            rows++;
        }
        rows.Should().Be(5);
    }

    [Fact]
    public void Noise_that_varies_and_networks_of_ones_own_are_saved_too()
    {
        var options = Quick with
        {
            HasVaryingNoise = true, Mass = 0.5,
            CreateModel = (inputs, outputs) => new BayesianSequential(new BayesianLinear(inputs, 6), nn.ReLU(), new BayesianLinear(6, outputs)),
        };
        var rows = HouseRow.Simulate(60, seed: 3);
        using var model = Trained(options);
        using var saved = Saved(model);
        Read(_context.Model.Load(saved, out _), rows).Should().BeEquivalentTo(Read(model, rows), each => each.WithStrictOrdering());
    }

    [Fact]
    public void A_network_that_could_not_be_loaded_is_not_saved()
    {
        using var model = Trained(Quick with
        {
            CreateModel = (inputs, outputs) => new BayesianSequential(new BayesianLinear(inputs, 6), new Doubled(), new BayesianLinear(6, outputs)),
        });
        Read(model, HouseRow.Simulate(3)).Should().HaveCount(3);
        FluentActions.Invoking(() => Saved(model)).Should().Throw<CheckpointException>().WithMessage("*Doubled*");
    }

    [Fact]
    public void Binary_classes_have_calibrated_columns_and_credible_intervals()
    {
        using var model = Features().Append(_context.BinaryClassification.Trainers.BayesianNetwork(nameof(HouseRow.IsDear), options: Options))
            .Fit(Load(HouseRow.Simulate(400)));
        var predicted = model.Transform(Load(HouseRow.Simulate(400, seed: 2)));
        var metrics = _context.BinaryClassification.Evaluate(predicted, nameof(HouseRow.IsDear));
        metrics.Accuracy.Should().BeGreaterThan(0.93);
        metrics.LogLoss.Should().BeLessThan(0.3, "in bits");
        float[] probability = Column<float>(predicted, "Probability"), lower = Column<float>(predicted, "Lower");
        float[] upper = Column<float>(predicted, "Upper"), score = Column<float>(predicted, "Score");
        bool[] label = Column<bool>(predicted, "PredictedLabel");
        for (int row = 0; row < 400; row++)
        {
            probability[row].Should().BeInRange(0, 1);
            lower[row].Should().BeLessThanOrEqualTo(upper[row]);
            label[row].Should().Be(score[row] > 0).And.Be(probability[row] > 0.5f);
        }
        Column<float>(predicted, "Epistemic").Zip(Column<float>(predicted, "Aleatoric")).Should().OnlyContain(
            parts => parts.First > -1e-6 && parts.Second >= 0 && parts.First + parts.Second < Math.Log(2) + 1e-5);
        using var saved = Saved(model);
        Column<float>(_context.Model.Load(saved, out _).Transform(Load(HouseRow.Simulate(400, seed: 2))), "Probability").Should().Equal(probability);
    }

    [Fact]
    public void Several_classes_keep_the_names_of_their_keys()
    {
        using var model = _context.Transforms.Conversion.MapValueToKey("Label", nameof(HouseRow.Class)).Append(Features())
            .Append(_context.MulticlassClassification.Trainers.BayesianNetwork(options: Options))
            .Append(_context.Transforms.Conversion.MapKeyToValue("Answer", "PredictedLabel")).Fit(Load(HouseRow.Simulate(400)));
        using var saved = Saved(model);
        var test = HouseRow.Simulate(300, seed: 2);
        foreach (var each in new[] { model, _context.Model.Load(saved, out _) })
        {
            var predicted = each.Transform(Load(test));
            _context.MulticlassClassification.Evaluate(predicted).MacroAccuracy.Should().BeGreaterThan(0.85);
            string[] answers = [.. Column<ReadOnlyMemory<char>>(predicted, "Answer").Select(answer => $"{answer}")];
            answers.Zip(test).Average(pair => pair.First == pair.Second.Class ? 1.0 : 0).Should().BeGreaterThan(0.85);
            foreach (var score in Column<VBuffer<float>>(predicted, "Score"))
                score.DenseValues().Sum().Should().BeApproximately(1, 1e-5f);
        }
    }

    [Fact]
    public void A_missing_feature_makes_its_own_row_NaN()
    {
        using var model = Trained();
        var rows = HouseRow.Simulate(4);
        rows[2].Area = float.NaN;
        float[][] values = Read(model, rows);
        values[2].Should().OnlyContain(value => float.IsNaN(value));
        values.Where((_, row) => row != 2).SelectMany(row => row).Should().OnlyContain(value => float.IsFinite(value));
    }

    [Fact]
    public void What_cannot_be_trained_on_is_refused_in_one_sentence()
    {
        var rows = HouseRow.Simulate(20);
        rows[7].Rooms = float.NaN;
        FluentActions.Invoking(() => Pipeline(Options).Fit(Load(rows))).Should().Throw<InvalidDataException>()
            .WithMessage("Row 7 (from 0) of the column 'Features[1]' of the data view is missing (null or NaN); expected a finite number*.");
        var none = Features().Fit(Load(HouseRow.Simulate(5))).Transform(Load([]));
        FluentActions.Invoking(() => _context.Regression.Trainers.BayesianNetwork(nameof(HouseRow.Price)).Fit(none))
            .Should().Throw<InvalidDataException>().WithMessage("There are 0 rows in the data view; expected at least one.");
        var trainer = _context.Regression.Trainers.BayesianNetwork("Cost", options: Options);
        FluentActions.Invoking(() => Features().Append(trainer).Fit(Load(HouseRow.Simulate(5)))).Should().Throw<ArgumentException>()
            .WithMessage("There is no column 'Cost'*");
        var unkeyed = _context.MulticlassClassification.Trainers.BayesianNetwork(nameof(HouseRow.Price), options: Options);
        FluentActions.Invoking(() => Features().Append(unkeyed).Fit(Load(HouseRow.Simulate(5)))).Should().Throw<Exception>()
            .WithMessage("The label 'Price' is of type Single; expected a key, as Conversion.MapValueToKey makes.");
        var plain = _context.Regression.Trainers.BayesianNetwork(nameof(HouseRow.Price), nameof(HouseRow.Area), Options);
        var shape = Features().GetOutputSchema(Shape(Load(HouseRow.Simulate(5)).Schema));
        FluentActions.Invoking(() => plain.GetOutputSchema(shape)).Should().Throw<ArgumentException>()
            .WithMessage("The column 'Area' is of type Single; expected a vector of Single of fixed length, as Transforms.Concatenate makes.");
    }

    [Fact]
    public void Cancellation_ends_training_and_progress_hears_of_every_epoch()
    {
        using var cancellation = new CancellationTokenSource();
        var heard = new Heard(() => cancellation.Cancel());
        FluentActions.Invoking(() => Trained(Options with { Progress = heard, CancellationToken = cancellation.Token }))
            .Should().Throw<OperationCanceledException>();
        heard.Epochs.Should().Be(3);
    }

    [Fact]
    public void Validation_rows_keep_the_best_epoch()
    {
        var features = Features().Fit(Load(HouseRow.Simulate(200)));
        using var model = _context.Regression.Trainers.BayesianNetwork(nameof(HouseRow.Price), options: Options)
            .Fit(features.Transform(Load(HouseRow.Simulate(200))), features.Transform(Load(HouseRow.Simulate(100, seed: 6))));
        model.History!.Best.Should().NotBeNull();
        model.History.IsBestRestored.Should().BeTrue();
    }

    [Fact]
    public void A_prediction_leaves_no_tensor_behind_and_dispose_frees_the_network()
    {
        Use();
        long before = LiveTensors();
        Use();
        LiveTensors().Should().Be(before);

        void Use()
        {
            using var model = Trained();
            Read(model, HouseRow.Simulate(20));
        }
    }

    // What ML.NET itself passes to GetOutputSchema.
    private static SchemaShape Shape(DataViewSchema schema) => (SchemaShape)typeof(SchemaShape)
        .GetMethod("Create", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.Invoke(null, [schema])!;

    private IDataView Load(HouseRow[] rows) => _context.Data.LoadFromEnumerable(rows);

    private EstimatorChain<ColumnConcatenatingTransformer> Features() =>
        _context.Transforms.Categorical.OneHotEncoding("KindColumns", nameof(HouseRow.Kind))
            .Append(_context.Transforms.Concatenate("Features", nameof(HouseRow.Area), nameof(HouseRow.Rooms), "KindColumns"));

    private EstimatorChain<BayesianNetworkTransformer> Pipeline(BayesianNetworkOptions options) =>
        Features().Append(_context.Regression.Trainers.BayesianNetwork(nameof(HouseRow.Price), options: options));

    private TransformerChain<BayesianNetworkTransformer> Trained(BayesianNetworkOptions? options = null) =>
        Pipeline(options ?? Quick).Fit(Load(HouseRow.Simulate(500)));

    private MemoryStream Saved(ITransformer model)
    {
        var stream = new MemoryStream();
        _context.Model.Save(model, Load(HouseRow.Simulate(1)).Schema, stream);
        stream.Position = 0;
        return stream;
    }

    private float[][] Read(ITransformer model, HouseRow[] rows) =>
        [.. _context.Data.CreateEnumerable<HousePrediction>(model.Transform(Load(rows)), reuseRowObject: false).Select(row => row.All)];

    private static T[] Column<T>(IDataView view, string name) => [.. view.GetColumn<T>(name)];

    private sealed class Doubled() : nn.Module<Tensor, Tensor>(nameof(Doubled))
    {
        public override Tensor forward(Tensor input) => input * 2;
    }

    private sealed class Heard(Action cancel) : IProgress<TrainingProgress>
    {
        public int Epochs { get; private set; }

        public void Report(TrainingProgress value)
        {
            if (++Epochs == 3)
                cancel();
        }
    }
}
