using Bayes.Layers.Scoring;
using Spectre.Console;

namespace Bayes.Layers.Tool;

/// <summary>Shows the progress of scoring: a bar on a terminal, a line for every tenth elsewhere, and a line for what is unusual.</summary>
internal static class ScoringDisplay
{
    private const int BarWidth = 30;

    /// <summary>Runs <paramref name="score"/>, which gets who is told of the progress.</summary>
    public static ScoringResult Show(TextWriter output, bool hasBar, ScoringPlan plan, Func<IProgress<ScoringProgress>, ScoringResult> score)
    {
        if (!hasBar)
        {
            int shown = 0;
            return score(new Told(progress =>
            {
                int tenths = 10 * progress.Shards / progress.ShardCount;
                if (progress.Note is not null)
                    output.WriteLine(progress.Note);
                if (tenths <= shown)
                    return;
                shown = tenths;
                output.WriteLine($"{progress.Shards} of {progress.ShardCount} shards");
            }));
        }
        return AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = BarWidth }, new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask("shards", maxValue: plan.ShardCount);
                return score(new Told(progress =>
                {
                    task.Description = $"{progress.Shards} of {progress.ShardCount} shards, {progress.Workers} in work";
                    task.Value = progress.Shards;
                    if (progress.Note is not null)
                        AnsiConsole.WriteLine(progress.Note);
                }));
            });
    }

    // At once, on the thread that tells: the order stays.
    private sealed class Told(Action<ScoringProgress> show) : IProgress<ScoringProgress>
    {
        public void Report(ScoringProgress value) => show(value);
    }
}
