using Bayes.Layers.Likelihoods;
using Bayes.Layers.Scoring;

namespace Bayes.Layers.Tests.Scoring;

/// <summary>Runs go on where they ended, score damaged parts again, and leave nothing behind.</summary>
public sealed class ScoringRunTests : TorchTest, IDisposable
{
    private readonly ScoringFolder _folder = new();
    private readonly ScoringPlan _plan;

    public ScoringRunTests()
    {
        _folder.SaveModel(new GaussianLikelihood(0.5));
        _plan = ScoringPlan.Create(_folder.Request(_folder.WriteCsv(90)));
    }

    void IDisposable.Dispose()
    {
        _folder.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task A_run_uses_what_an_interrupted_one_finished_and_scores_damaged_parts_again()
    {
        await ScoringRun.RunAsync(_plan, _folder["expected.parquet"]);
        using var ending = new CancellationTokenSource();
        var ends = FluentActions.Awaiting(() => ScoringRun.RunAsync(
            _plan, _folder["results.parquet"], new ThreadExecutor(1), progress: new Told<ScoringProgress>(report =>
            {
                if (report.Shards == 3)
                    ending.Cancel();
            }), cancellationToken: ending.Token));
        await ends.Should().ThrowAsync<OperationCanceledException>();
        _folder.Names.Should().NotContain("results.parquet").And.Contain("results.parquet.parts");

        var parts = new ScoringParts(_plan, _folder["results.parquet.parts"]);
        parts.Missing().Should().Equal(3, 4);
        byte[] part = File.ReadAllBytes(parts.PathOf(1));
        // In the values; statistics are not read.
        for (int place = 60; place < 160; place++)
            part[place] ^= 255;
        File.WriteAllBytes(parts.PathOf(1), part);
        File.WriteAllText(parts.PathOf(2), "");
        File.WriteAllText($"{parts.PathOf(3)}.abandoned.partial", "half");
        parts.IsComplete(0).Should().BeTrue();
        parts.IsComplete(1).Should().BeFalse();
        FluentActions.Invoking(() => parts.Merge(_folder["results.parquet"])).Should().Throw<DamagedPartsException>()
            .Which.Shards.Should().Equal(1, 2, 3, 4);

        var notes = new List<string>();
        var result = await ScoringRun.RunAsync(_plan, _folder["results.parquet"], progress: new Told<ScoringProgress>(report =>
        {
            if (report.Note is not null)
                notes.Add(report.Note);
        }));
        result.Reused.Should().Be(3);
        notes.Should().ContainSingle().Which.Should().StartWith("2 parts of the result cannot be used: ");
        File.ReadAllBytes(_folder["results.parquet"]).Should().Equal(File.ReadAllBytes(_folder["expected.parquet"]));
        _folder.Names.Should().Equal("expected.parquet", "model.safetensors", "results.parquet", "table.csv");
        ScoringResults.Describe(_folder["results.parquet"]).Should().StartWith("90 rows, 16 draws of seed 3");
        ScoringPlan.Create(_folder.Request(_folder["table.csv"])).Fingerprint.Should().Be(_plan.Fingerprint);
    }

    [Theory]
    [InlineData("header", 2)]
    [InlineData("numbers", -2)]
    public async Task A_damaged_part_of_some_draws_is_scored_again(string what, int place)
    {
        var plan = ScoringPlan.Create(_folder.Request(_folder["table.csv"]) with { Cut = ShardCut.ByDraws(6) });
        await ScoringRun.RunAsync(plan, _folder["expected.parquet"]);
        var parts = new ScoringParts(plan, _folder["parts"]);
        using (var scorer = ShardScorer.Open(plan))
            scorer.Score(1, _folder["parts"]);
        byte[] part = File.ReadAllBytes(parts.PathOf(1));
        part[place < 0 ? part.Length + place : place] ^= 255;
        File.WriteAllBytes(parts.PathOf(1), part);
        await ScoringRun.RunAsync(plan, _folder["results.parquet"], folder: _folder["parts"]);
        File.ReadAllBytes(_folder["results.parquet"]).Should().Equal(File.ReadAllBytes(_folder["expected.parquet"]), what);
    }

    [Fact]
    public async Task A_part_of_another_plan_is_no_part_of_this_one()
    {
        var other = ScoringPlan.Create(_folder.Request(_folder["table.csv"]) with { Seed = 9 });
        using (var scorer = ShardScorer.Open(other))
            scorer.Score(0, _folder["parts"]);
        var parts = new ScoringParts(_plan, _folder["parts"]);
        parts.Missing().Should().HaveCount(5);
        File.Copy(new ScoringParts(other, _folder["parts"]).PathOf(0), parts.PathOf(0));
        parts.IsComplete(0).Should().BeFalse();
        await ScoringRun.RunAsync(_plan, _folder["results.parquet"], folder: _folder["parts"]);
        Directory.GetFiles(_folder["parts"]).Should().Equal(new ScoringParts(other, _folder["parts"]).PathOf(0));
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_to_is_refused_and_nothing_remains()
    {
        await FluentActions.Awaiting(() => ScoringRun.RunAsync(_plan, _folder["absent/results.parquet"])).Should()
            .ThrowAsync<DirectoryNotFoundException>().WithMessage("The folder * of the results does not exist; *");
        File.WriteAllText(_folder["file"], "");
        await FluentActions.Awaiting(() => ScoringRun.RunAsync(_plan, _folder["results.parquet"], folder: _folder["file"])).Should()
            .ThrowAsync<IOException>();
        _folder.Names.Should().Equal("file", "model.safetensors", "table.csv");
    }

    [Fact]
    public void Two_that_score_one_shard_at_a_time_do_no_harm()
    {
        using var scorer = ShardScorer.Open(_plan);
        Parallel.For(0, 12, index => scorer.Score(index % 3, _folder["parts"]));
        Directory.GetFiles(_folder["parts"]).Should().HaveCount(3);
        new ScoringParts(_plan, _folder["parts"]).IsComplete(1).Should().BeTrue();
    }

    [Fact]
    public void Scoring_leaves_no_tensor()
    {
        long before = LiveTensors();
        using (var scorer = ShardScorer.Open(_plan))
            scorer.Score(0, _folder["parts"]);
        LiveTensors().Should().Be(before);
    }
}
