using Bayes.Layers.Likelihoods;
using Bayes.Layers.Scoring;

namespace Bayes.Layers.Tests.Scoring;

/// <summary>A plan is a function of what is scored; what differs from it is refused with what differs.</summary>
public sealed class ScoringPlanTests : TorchTest, IDisposable
{
    private readonly ScoringFolder _folder = new();

    public ScoringPlanTests() => _folder.SaveModel(new GaussianLikelihood(0.5));

    void IDisposable.Dispose()
    {
        _folder.Dispose();
        base.Dispose();
    }

    [Fact]
    public void The_same_request_makes_the_same_plan_wherever_the_files_are()
    {
        string table = _folder.WriteCsv(50);
        var plan = ScoringPlan.Create(_folder.Request(table));
        ScoringPlan.Create(_folder.Request(table)).Fingerprint.Should().Be(plan.Fingerprint);
        using var elsewhere = new ScoringFolder();
        File.Copy(_folder.Model, elsewhere.Model);
        File.Copy(table, elsewhere["other.csv"]);
        ScoringPlan.Create(elsewhere.Request(elsewhere["other.csv"])).Fingerprint.Should().Be(plan.Fingerprint);
        string[] others =
        [
            ScoringPlan.Create(_folder.Request(table) with { Seed = 4 }).Fingerprint,
            ScoringPlan.Create(_folder.Request(table) with { Draws = 17 }).Fingerprint,
            ScoringPlan.Create(_folder.Request(table) with { Quantiles = [0.5] }).Fingerprint,
            ScoringPlan.Create(_folder.Request(table) with { Targets = ["y"] }).Fingerprint,
            ScoringPlan.Create(_folder.Request(table, 21)).Fingerprint,
            ScoringPlan.Create(_folder.Request(_folder.WriteCsv(51))).Fingerprint,
        ];
        others.Append(plan.Fingerprint).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void A_saved_plan_is_the_same_and_moves_with_its_folder()
    {
        var plan = ScoringPlan.Create(_folder.Request(_folder.WriteParquet(50, 20)) with { Targets = ["y"], Quantiles = [0.1] });
        plan.Save(_folder["plan.json"]);
        using var elsewhere = new ScoringFolder();
        foreach (string name in (string[])["plan.json", "model.safetensors", "table.parquet"])
            File.Move(_folder[name], elsewhere[name]);
        var loaded = ScoringPlan.Load(elsewhere["plan.json"]);
        loaded.Fingerprint.Should().Be(plan.Fingerprint);
        (loaded.Model, loaded.Table).Should().Be((elsewhere.Model, elsewhere["table.parquet"]));
        (loaded.Rows, loaded.Draws, loaded.Seed, loaded.ShardCount).Should().Be((50, 16, 3, 3));
        loaded.RangeOf(2).Should().Be(new ShardRange(40, 10, 0, 16));
        using var scorer = ShardScorer.Open(loaded);
        scorer.Score(1, elsewhere["parts"]).Rows.Should().Be(20);
        ScoringPlan.Parse(loaded.ToJson()).ToJson().Should().Be(loaded.ToJson());
        FluentActions.Invoking(() => loaded.RangeOf(3)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("The shard is 3; expected 0 to 2.*");
    }

    [Fact]
    public void A_changed_plan_is_refused()
    {
        string json = ScoringPlan.Create(_folder.Request(_folder.WriteCsv(50))).ToJson();
        Refused(json.Replace("\"seed\": 3", "\"seed\": 4", StringComparison.Ordinal)).Should()
            .Match("The plan was changed after it was made: *; make a new plan.");
        Refused("{}").Should().StartWith("The text is no plan of scoring: ");
        Refused("nonsense").Should().StartWith("The text is no plan of scoring: ");
        Refused("").Should().StartWith("The text is no plan of scoring: ");
        Refused(json.Replace("\"version\": 1", "\"version\": 9", StringComparison.Ordinal)).Should()
            .StartWith("The plan is of version 9; expected at most 1");
        FluentActions.Invoking(() => ScoringPlan.Load(_folder["absent.json"])).Should().Throw<FileNotFoundException>()
            .WithMessage($"The plan '{_folder["absent.json"]}' does not exist; *");

        static string Refused(string text) => FluentActions.Invoking(() => ScoringPlan.Parse(text)).Should().Throw<ScoringException>().Which.Message;
    }

    [Fact]
    public void Another_model_or_table_is_refused_with_what_differs()
    {
        string table = _folder.WriteCsv(50), parquet = _folder.WriteParquet(50, 20);
        var plan = ScoringPlan.Create(_folder.Request(table));
        var ofParquet = ScoringPlan.Create(_folder.Request(parquet));

        // The same length, another number in rows 20 to 39.
        using var scorer = ShardScorer.Open(plan);
        scorer.Score(1, _folder["parts"]);
        string text = File.ReadAllText(table);
        int place = text.IndexOf(string.Join(',', ScoringFolder.Row(25)), StringComparison.Ordinal);
        File.WriteAllText(table, text[..place] + (text[place] == '-' ? '1' : '0') + text[(place + 1)..]);
        using (var again = ShardScorer.Open(plan))
        {
            again.Score(0, _folder["parts"]).Rows.Should().Be(20, "those rows are the same");
            FluentActions.Invoking(() => again.Score(1, _folder["other"])).Should().Throw<ScoringException>()
                .WithMessage($"The table '{table}' has changed since the plan was made: rows 20 to 39 have the SHA-256 *; expected *");
        }
        File.AppendAllText(table, "1,2,3,4\n");
        FluentActions.Invoking(() => ShardScorer.Open(plan)).Should().Throw<ScoringException>().WithMessage("*it has * bytes; expected *");

        byte[] bytes = File.ReadAllBytes(parquet);
        bytes[40] ^= 1;
        File.WriteAllBytes(parquet, bytes);
        using (var again = ShardScorer.Open(ofParquet))
            FluentActions.Invoking(() => again.Score(0, _folder["other"])).Should().Throw<ScoringException>().WithMessage("*rows 0 to 19 have *");
        bytes[^10] ^= 1;
        File.WriteAllBytes(parquet, bytes);
        FluentActions.Invoking(() => ShardScorer.Open(ofParquet)).Should().Throw<ScoringException>().WithMessage("*its footer has the SHA-256 *");

        _folder.SaveModel(new GaussianLikelihood(0.6));
        FluentActions.Invoking(() => ShardScorer.Open(plan)).Should().Throw<ScoringException>()
            .WithMessage($"The model '{_folder.Model}' is another than the plan's: its SHA-256 is *; expected *");
        File.Delete(_folder.Model);
        FluentActions.Invoking(() => ShardScorer.Open(plan)).Should().Throw<ScoringException>()
            .WithMessage($"The model '{_folder.Model}' of the plan does not exist here; *");
    }

    [Fact]
    public void Requests_that_do_not_fit_are_refused_before_any_work()
    {
        string table = _folder.WriteCsv(50);
        Refused(_folder.Request(table) with { Features = ["x0", "x9", "x2"] }).Should()
            .Match("*has no column 'x9'; expected one. It has 'x0', 'x1', 'x2', 'y'.");
        Refused(_folder.Request(table) with { Features = ["x0", "x1"] }).Should().Match("The model * does not take 2 columns ('x0', 'x1'): *");
        Refused(_folder.Request(table) with { Features = null }).Should().Match("The model * does not take 4 columns *");
        ScoringPlan.Create(_folder.Request(table) with { Features = null, Targets = ["y"] }).Features.Should().Equal("x0", "x1", "x2");
        File.WriteAllText(_folder["text.csv"], "x0,x1,x2\n1,2,three\n");
        FluentActions.Invoking(() => ScoringPlan.Create(_folder.Request(_folder["text.csv"]))).Should().Throw<InvalidDataException>()
            .WithMessage("The column 'x2' has \"three\" in row 0 (from 0); expected a number.");
        File.WriteAllText(_folder["empty.csv"], "");
        FluentActions.Invoking(() => ScoringPlan.Create(_folder.Request(_folder["empty.csv"]))).Should().Throw<InvalidDataException>();
        File.WriteAllText(_folder["header.csv"], "x0,x1,x2\n");
        FluentActions.Invoking(() => ScoringPlan.Create(_folder.Request(_folder["header.csv"]))).Should().Throw<InvalidDataException>()
            .WithMessage("There are 0 rows in *");
        _folder.SaveModel(likelihood: null);
        Refused(_folder.Request(table)).Should().Match("The model * has no likelihood; *");
        _folder.SaveModel(new CategoricalLikelihood(), outputs: 3);
        Refused(_folder.Request(table) with { Quantiles = [0.5] }).Should().Match("The likelihood is *, and classes have no quantiles; *");
        FluentActions.Invoking(() => _folder.Request(table) with { Quantiles = [1] }).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => _folder.Request(table) with { Draws = 0 }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => ShardCut.ByRows(0)).Should().Throw<ArgumentOutOfRangeException>();

        static string Refused(ScoringRequest request) =>
            FluentActions.Invoking(() => ScoringPlan.Create(request)).Should().Throw<ScoringException>().Which.Message;
    }

    [Fact]
    public void A_value_that_is_refused_ends_its_shard_with_its_row()
    {
        string table = _folder.WriteCsv(50);
        File.AppendAllText(table, "1,2,none,4\n");
        var plan = ScoringPlan.Create(_folder.Request(table));
        using var scorer = ShardScorer.Open(plan);
        scorer.Score(0, _folder["parts"]);
        FluentActions.Invoking(() => scorer.Score(2, _folder["parts"])).Should().Throw<ScoringException>().WithMessage(
            $"Shard 2, which begins with row 40 of '{table}', cannot be scored: The column 'x2' has \"none\" in row 10 (from 0); expected a number.");
    }
}
