using System.Diagnostics;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Scoring;

namespace Bayes.Layers.Tests.Scoring;

/// <summary>Worker processes that are ended, or stand still, change no number and leave nothing behind.</summary>
public sealed class ProcessExecutorTests : TorchTest, IDisposable
{
    private const int Shards = 12;
    private readonly ScoringFolder _folder = new();
    private readonly ScoringPlan _plan;

    public ProcessExecutorTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The test looks for processes as Linux tells of them.");
        _folder.SaveModel(new GaussianLikelihood(0.5), units: 64);
        // A shard takes long enough to be ended within it.
        _plan = ScoringPlan.Create(_folder.Request(_folder.WriteCsv(Shards * 500), 500) with { Draws = 4000 });
        _plan.Save(_folder["plan.json"]);
        ScoringRun.RunAsync(_plan, _folder["expected.parquet"]).GetAwaiter().GetResult();
    }

    void IDisposable.Dispose()
    {
        _folder.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task Workers_that_are_ended_or_stand_still_change_nothing()
    {
        int ended = 0, frozen = 0;
        ProcessExecutor executor = null!;
        executor = Executor(3);
        var notes = new List<string>();
        await ScoringRun.RunAsync(_plan, _folder["results.parquet"], executor, progress: new Told<ScoringProgress>(report =>
        {
            if (report.Note is not null)
                notes.Add(report.Note);
            if (report.Shards < 2 || report.Workers == 0 || executor.ProcessIds is not [var first, .., var last])
                return;
            if (ended++ == 0)
                ScoringProcess.Kill(first);
            else if (frozen++ == 0)
                ScoringProcess.Freeze(last);
        }));
        (ended, frozen).Should().Match<(int Ended, int Frozen)>(count => count.Ended > 0 && count.Frozen > 0);
        notes.Should().OnlyContain(note => note.StartsWith("A worker ended in shard ", StringComparison.Ordinal));
        ShouldBeTheSame();
    }

    [Fact]
    public async Task The_end_of_the_first_process_ends_its_workers_and_the_next_run_goes_on()
    {
        using (var first = ScoringProcess.Start("score", "--plan", _folder["plan.json"], "--output", _folder["results.parquet"], "--workers", "2"))
        {
            var parts = new ScoringParts(_plan, _folder["results.parquet.parts"]);
            while (parts.Missing().Count > Shards - 2 && !first.HasExited)
                await Task.Delay(20);
            first.Kill();
            await first.WaitForExitAsync();
            parts.Missing().Should().HaveCountLessThan(Shards);
        }
        for (int tries = 0; ScoringProcess.WorkersIn(_folder["plan.json"]).Length > 0 && tries < 500; tries++)
            await Task.Delay(20);
        ScoringProcess.WorkersIn(_folder["plan.json"]).Should().BeEmpty("their input has ended");
        var result = await ScoringRun.RunAsync(_plan, _folder["results.parquet"], Executor(2));
        result.Reused.Should().BePositive();
        ShouldBeTheSame();
    }

    [Fact]
    public async Task What_no_worker_can_do_ends_the_run_with_its_sentence()
    {
        var lost = new ProcessExecutor(2, _ => new ProcessStartInfo(ScoringProcess.Program, ["worker", "--plan", "absent"]));
        await FluentActions.Awaiting(() => ScoringRun.RunAsync(_plan, _folder["results.parquet"], lost)).Should().ThrowAsync<ScoringException>()
            .WithMessage("A worker ended before it was ready, 4 times in a row (the last with exit code 2: error: *");
        string table = _folder["table.csv"], text = File.ReadAllText(table);
        int last = text.TrimEnd().LastIndexOf('\n') + 1;
        File.WriteAllText(table, text[..last] + (text[last] == '0' ? '1' : '0') + text[(last + 1)..]);
        await FluentActions.Awaiting(() => ScoringRun.RunAsync(_plan, _folder["results.parquet"], Executor(2)))
            .Should().ThrowAsync<ScoringException>().WithMessage($"The table '{table}' has changed since the plan was made: rows *");
        _folder.Names.Should().NotContain("results.parquet");
        Directory.GetFiles(_folder["results.parquet.parts"]).Should().OnlyContain(path => path.EndsWith(".parquet"));
        ScoringProcess.WorkersIn(_folder["plan.json"]).Should().BeEmpty();
    }

    private ProcessExecutor Executor(int workers) => new(workers, work => new ProcessStartInfo(
        ScoringProcess.Program, ["worker", "--plan", _folder["plan.json"], "--parts", work.Parts.Folder])) { Patience = TimeSpan.FromSeconds(8) };

    private void ShouldBeTheSame()
    {
        File.ReadAllBytes(_folder["results.parquet"]).Should().Equal(File.ReadAllBytes(_folder["expected.parquet"]));
        _folder.Names.Should().Equal("expected.parquet", "model.safetensors", "plan.json", "results.parquet", "table.csv");
        ScoringProcess.WorkersIn(_folder["plan.json"]).Should().BeEmpty();
    }
}
