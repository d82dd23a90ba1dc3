using System.CommandLine;
using System.Globalization;
using Bayes.Layers.Scoring;
using static TorchSharp.torch;

namespace Bayes.Layers.Tool;

/// <summary>Scores a table on this machine, or one shard of a plan.</summary>
internal static class ScoreCommand
{
    private const string Description =
        "Scores a table: with --model and --data all of it, with --plan that of the plan, with --plan and --shard one shard of it. An interrupted "
        + "command goes on where it ended.";

    public static Command Create(ProgramConsole console)
    {
        var request = new RequestOptions();
        var plan = FileOptions.Path("--plan", "A plan that 'bayes plan' wrote.", "file");
        var shard = CommandOptions.Whole("--shard", "The shard to score, from 0; only with --plan and --parts.", -1, 0, int.MaxValue);
        var parts = FileOptions.Parts("The folder of the parts; by default the file of results with .parts after it.");
        var output = FileOptions.Results(isRequired: false);
        var workers = CommandOptions.Whole("--workers", "Processes that score; 1 for this one alone.", Environment.ProcessorCount, 1, 1024);
        var threads = CommandOptions.Whole("--threads", "Threads of a worker; 0 to share the processors.", 0, 0, 1024);
        var device = CommandOptions.Device("cpu");
        var quiet = CommandOptions.Quiet();
        var command = new Command("score", Description);
        request.AddTo(command);
        foreach (Option option in (Option[])[plan, shard, parts, output, workers, threads, device, quiet])
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            bool hasPlan = result.GetValue(plan) is not null, hasShard = result.GetResult(shard) is { Implicit: false };
            if (hasShard && (!hasPlan || result.GetValue(parts) is null))
                result.AddError("--shard needs --plan and --parts; expected both.");
            else if (!hasShard && result.GetValue(output) is null)
                result.AddError("--output is missing; expected the file of results.");
        });
        command.SetAction(parsed =>
        {
            string? path = parsed.GetValue(plan);
            string? problem = path is null ? request.Problem(parsed)
                : request.Given(parsed) is { } given ? $"{given} stands beside --plan, which says what is scored; expected one of them." : null;
            if (problem is not null)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"error: {problem} Try --help.");
                return ExitCode.Usage;
            }
            var place = DeviceChoice.Find(parsed.GetValue(device)!);
            int count = (int)parsed.GetValue(workers), each = (int)parsed.GetValue(threads);
            int shared = parsed.GetValue(shard) >= 0 ? 1 : count;
            set_num_threads(each > 0 ? each : Math.Max(1, Environment.ProcessorCount / shared));
            using var listening = console.Interrupt.Listen();
            var ended = console.Interrupt.Token;
            var screen = parsed.GetValue(quiet) ? TextWriter.Null : console.Output;
            var work = path is null ? ScoringPlan.Create(request.Request(parsed), ended) : ScoringPlan.Load(path);
            if (parsed.GetValue(shard) is >= 0 and var number)
                ScoreShard(work, (int)number, parsed.GetValue(parts)!, place, screen, ended);
            else
                ScoreAll(
                    work, parsed.GetValue(output)!, parsed.GetValue(parts), new Workers(count, each, parsed.GetValue(device)!, path), place, screen,
                    console.IsTerminal && !parsed.GetValue(quiet), ended);
            return ExitCode.Success;
        });
        return command;
    }

    private static void ScoreShard(ScoringPlan plan, int shard, string parts, Device device, TextWriter screen, CancellationToken cancellationToken)
    {
        using var scorer = ShardScorer.Open(plan, device);
        var part = scorer.Score(shard, parts, cancellationToken);
        screen.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Shard {shard} of {plan.ShardCount}: {part.Rows} rows in {part.Duration.TotalSeconds:0.0} s, {part.Path}"));
    }

    private static void ScoreAll(
        ScoringPlan plan, string output, string? parts, Workers workers, Device device, TextWriter screen, bool hasBar,
        CancellationToken cancellationToken)
    {
        screen.WriteLine($"{plan}, {workers}");
        string folder = parts ?? $"{output}.parts";
        using var executor = workers.Executor(plan, folder, device);
        var result = ScoringDisplay.Show(screen, hasBar, plan, progress =>
            ScoringRun.RunAsync(plan, output, executor.Executor, folder, progress, cancellationToken).GetAwaiter().GetResult());
        screen.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Rows} rows in {result.Duration.TotalSeconds:0.0} s ({result.Rows / result.Duration.TotalSeconds:N0} rows a second)"
            + $"{(result.Reused > 0 ? $", {result.Reused} shards of an interrupted run" : "")}: {result.Path}"));
    }
}
