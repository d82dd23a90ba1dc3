using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Scoring;
using Bayes.Layers.Tabular;
using Bayes.Layers.Tests.Tabular;

namespace Bayes.Layers.Tests.Scoring;

/// <summary>Results are what a prediction of all rows at once gives, however the table is stored and cut.</summary>
public sealed class ScoringResultsTests : TorchTest, IDisposable
{
    private const int Rows = 110;
    private readonly ScoringFolder _folder = new();

    void IDisposable.Dispose()
    {
        _folder.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Scores_of_numbers_are_those_of_a_prediction(ScalarType dtype)
    {
        _folder.SaveModel(new GaussianLikelihood(0.5), dtype: dtype);
        var request = _folder.Request(_folder.WriteCsv(Rows)) with { Targets = ["y"], Quantiles = [0.05, 0.5] };
        var scores = _folder.Score(request);
        var prediction = Predict(dtype, out _);
        scores.Keys.Should().Equal(
            "row", "mean", "epistemic_stddev", "aleatoric_stddev", "total_stddev", "quantile_0.05", "quantile_0.5", "log_density");
        scores["row"].Should().Equal(Enumerable.Range(0, Rows).Select(row => (double)row));
        double tolerance = dtype == ScalarType.Float32 ? 1e-6 : 1e-12;
        Close(scores["mean"], prediction.Mean, tolerance);
        Close(scores["epistemic_stddev"], prediction.EpistemicVariance.sqrt(), tolerance);
        Close(scores["aleatoric_stddev"], prediction.AleatoricStddev, tolerance);
        Close(scores["total_stddev"], prediction.TotalStddev, tolerance);
        Close(scores["log_density"], prediction.LogPredictiveDensity, 10 * tolerance);
        using var quantiles = prediction.QuantilesOfTarget([0.05, 0.5]);
        Close(scores["quantile_0.05"], quantiles[0], 10 * tolerance);
        Close(scores["quantile_0.5"], quantiles[1], 10 * tolerance);
    }

    [Fact]
    public void Scores_of_classes_have_entropies()
    {
        _folder.SaveModel(new CategoricalLikelihood(), outputs: 3);
        var scores = _folder.Score(_folder.Request(_folder.WriteCsv(Rows)));
        scores.Keys.Should().Equal(
            "row", "probability_0", "probability_1", "probability_2", "total_entropy", "expected_entropy", "mutual_information");
        for (int row = 0; row < Rows; row++)
            (scores["probability_0"][row] + scores["probability_1"][row] + scores["probability_2"][row]).Should().BeApproximately(1, 1e-5);
        _folder.SaveModel(new BernoulliLikelihood());
        _folder.Score(_folder.Request(_folder.WriteCsv(Rows))).Keys.Should().StartWith(["row", "probability", "total_entropy"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Neither_the_format_nor_the_cut_changes_them(int rowsOfShard)
    {
        _folder.SaveModel(new GaussianLikelihood(0.5));
        var whole = _folder.Score(_folder.Request(_folder.WriteCsv(Rows), 50), "whole.parquet");
        string[] tables =
        [
            _folder.WriteCsv(Rows, "crlf.csv", end: "\r\n"), _folder.WriteCsv(Rows, "semicolon.csv", ";"), _folder.WriteCsv(Rows, "tab.csv", "\t"),
            _folder.WriteParquet(Rows, 1000, "one.parquet"), _folder.WriteParquet(Rows, 30, "groups.parquet"),
        ];
        foreach (string table in tables)
            foreach (var (name, values) in _folder.Score(_folder.Request(table, rowsOfShard)))
                for (int row = 0; row < Rows; row++)
                    values[row].Should().BeApproximately(whole[name][row], 1e-5, "{0} of row {1} of {2}", name, row, table);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(5, true)]
    [InlineData(16, false)]
    public void Shards_of_draws_merge_to_the_same(int drawsOfShard, bool hasQuantiles)
    {
        _folder.SaveModel(new GaussianLikelihood(0.5));
        var request = _folder.Request(_folder.WriteCsv(Rows)) with { Targets = ["y"], Quantiles = hasQuantiles ? [0.1, 0.9] : [] };
        var byRows = _folder.Score(request, "rows.parquet");
        var byDraws = _folder.Score(request with { Cut = ShardCut.ByDraws(drawsOfShard) }, "draws.parquet");
        byDraws.Keys.Should().Equal(byRows.Keys);
        foreach (var (name, values) in byDraws)
            for (int row = 0; row < Rows; row++)
                values[row].Should().BeApproximately(byRows[name][row], 1e-5, "{0} of row {1}", name, row);
        _folder.Names.Should().NotContain(name => name.EndsWith(".parts", StringComparison.Ordinal));
    }

    [Fact]
    public void Ensembles_and_plain_networks_are_scored()
    {
        using var first = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1));
        using var second = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1));
        Checkpoint.Save(new Ensemble([first, second]), _folder.Model, new GaussianLikelihood(0.5));
        var plan = ScoringPlan.Create(_folder.Request(_folder.WriteCsv(Rows)) with { Draws = null });
        plan.Draws.Should().Be(2, "two functions are the whole distribution");
        var scores = _folder.Score(_folder.Request(_folder[("table.csv")]) with { Draws = null });
        scores["epistemic_stddev"].Should().OnlyContain(value => value > 0);
    }

    [Fact]
    public void A_model_of_a_table_reads_its_columns_as_a_whole_table_would_be_read()
    {
        var training = TabularTables.Numbers(200);
        string[] answers = ["yes", "no", "maybe"], codes = ["007", "12", "9"];
        var random = new Random(1);
        training = training.With("answer", Enumerable.Range(0, 200).Select(_ => answers[random.Next(3)]).ToArray())
            .With("code", Enumerable.Range(0, 200).Select(_ => codes[random.Next(3)]).ToArray());
        using var model = TabularRegression.Train(training, "y", TabularTables.Quick with { Steps = 40 });
        model.Save(_folder.Model);
        // Shards of one row: each alone would be read as true and false, or as numbers.
        var lines = Enumerable.Range(0, 12).Select(row => FormattableString.Invariant(
            $"{training.Column("x").Numbers[row]},{"abc"[row % 3]},0.5,{answers[row % 3]},{codes[row % 3]},{training.Column("y").Numbers[row]}"));
        File.WriteAllLines(_folder["rows.csv"], lines.Prepend("x,group,nothing,answer,code,y"));
        var scores = _folder.Score(new ScoringRequest(_folder.Model, _folder["rows.csv"])
        {
            Cut = ShardCut.ByRows(1), Targets = ["y"], Quantiles = [0.25], Seed = TabularTables.Quick.Seed,
        });
        var table = Table.ReadCsv(_folder["rows.csv"]);
        using var prediction = model.Predict(table);
        CloseTo(scores["mean"], prediction.Mean, 1e-5);
        CloseTo(scores["total_stddev"], prediction.TotalStddev, 1e-5);
        CloseTo(scores["quantile_0.25"], prediction.Quantiles([0.25])[0], 1e-4);
        CloseTo(scores["log_density"], prediction.LogDensityOf(table.Column("y").Numbers.ToArray()), 1e-3);
    }

    [Fact]
    public void A_classification_of_a_table_is_scored()
    {
        using var model = TabularClassification.Train(TabularTables.Classes(200), "kind", TabularTables.Quick with { Steps = 40 });
        model.Save(_folder.Model);
        File.WriteAllText(_folder["rows.csv"], "x,nothing,kind\n1,0,high\n-1,0.5,low\n0,0,middle\n");
        var scores = _folder.Score(new ScoringRequest(_folder.Model, _folder["rows.csv"])
        {
            Cut = ShardCut.ByRows(2), Targets = ["kind"], Seed = TabularTables.Quick.Seed,
        });
        scores.Keys.Should().Equal(
            "row", "class", "probability_high", "probability_low", "probability_middle", "total_entropy", "expected_entropy", "mutual_information",
            "log_density");
        var prediction = model.Predict(Table.ReadCsv(_folder["rows.csv"]));
        CloseTo(scores["probability_high"], prediction.ProbabilityOf("high"), 1e-5);
        CloseTo(scores["class"], prediction.PredictedClass.Select(name => (double)name.Sum(letter => letter)), 0);
    }

    [Fact]
    public void A_missing_number_makes_its_own_row_unknown()
    {
        _folder.SaveModel(new GaussianLikelihood(0.5));
        File.WriteAllText(_folder["rows.csv"], "x0,x1,x2\n1,2,3\n1,,3\n1,2,3\n");
        var scores = _folder.Score(_folder.Request(_folder["rows.csv"]));
        double.IsNaN(scores["mean"][1]).Should().BeTrue();
        scores["mean"][0].Should().Be(scores["mean"][2]).And.NotBe(double.NaN);
    }

    [Fact]
    public void Quoted_values_may_have_ends_of_lines_and_blank_lines_are_no_rows()
    {
        _folder.SaveModel(new GaussianLikelihood(0.5));
        string text = "\uFEFFnote,x0,x1,x2\r\n\"a,\n\"\"b\",1,2,3\r\n\r\n  \r\nplain,1,2,3\r\n\"\n\n\",1,2,3";
        File.WriteAllText(_folder["rows.csv"], text);
        foreach (int size in (int[])[1, 2, 3])
        {
            var scores = _folder.Score(_folder.Request(_folder["rows.csv"], size));
            scores["mean"].Should().HaveCount(3).And.OnlyContain(value => value == scores["mean"][0]);
        }
    }

    [Fact]
    public void Lines_longer_than_a_buffer_are_read()
    {
        _folder.SaveModel(new GaussianLikelihood(0.5));
        string note = new('n', 3_000_000);
        File.WriteAllText(_folder["rows.csv"], $"note,x0,x1,x2\n{note},1,2,3\nshort,1,2,3\n{note},1,2,3\n");
        var scores = _folder.Score(_folder.Request(_folder["rows.csv"], 2));
        scores["mean"].Should().HaveCount(3).And.OnlyContain(value => value == scores["mean"][0]);
    }

    private Predictive Predict(ScalarType dtype, out Tensor input)
    {
        var loaded = Checkpoint.LoadDistribution(_folder.Model);
        double[][] rows = [.. Enumerable.Range(0, Rows).Select(ScoringFolder.Row)];
        input = tensor([.. rows.SelectMany(row => row[..3])], [Rows, 3]).to(dtype);
        var target = tensor([.. rows.Select(row => row[3])], [Rows, 1]).to(dtype);
        using var predictor = new MonteCarloPredictive(loaded.Distribution, loaded.Likelihood, samples: 16, seed: 3);
        return predictor.Predict(input, target, keepSamples: true);
    }

    private static void Close(double[] found, Tensor expected, double tolerance) => CloseTo(found, Values(expected), tolerance);

    private static void CloseTo(double[] values, IEnumerable<double> expected, double tolerance)
    {
        double[] wanted = [.. expected];
        values.Should().HaveSameCount(wanted);
        for (int row = 0; row < values.Length; row++)
            values[row].Should().BeApproximately(wanted[row], tolerance * Math.Max(1, Math.Abs(wanted[row])), "row {0}", row);
    }
}
