namespace Bayes.Layers.Benchmarks.Work;

/// <summary>How does the time grow with the draws, the batch, the width and the threads?</summary>
internal static class Curves
{
    private const string Prediction = "a prediction", Step = "a training step";

    private static readonly Network Middle = Network.FullyConnected(64, 256, 256, 1);

    /// <summary>Predictions by draws.</summary>
    public static IReadOnlyList<Curve> PredictionByDraws { get; } =
    [
        .. from rows in new[] { 1, 256 }
           select new Curve(
               FormattableString.Invariant($"time-by-draws-{rows}"), Prediction, $"784-512-512-10, {Cases.Rows(rows)}", "draws",
               Points([2, 4, 8, 16, 32, 64, 128], draws => new Case(
                   FormattableString.Invariant($"draws_{rows}_{draws}"), $"predict {Cases.Rows(rows)} × {draws} draws, 784-512-512-10",
                   device => new PredictionWork(Network.Multilayer, rows, draws, device)))),
    ];

    /// <summary>Predictions by batch.</summary>
    public static IReadOnlyList<Curve> PredictionByBatch { get; } =
    [
        new("time-by-batch", Prediction, "256-256-10, 16 draws", "rows", Points([1, 8, 64, 512, 4096], rows => new Case(
            FormattableString.Invariant($"batch_{rows}"), $"predict {Cases.Rows(rows)} × 16 draws, 256-256-10",
            device => new PredictionWork(Network.FullyConnected(256, 256, 10), rows, 16, device)))),
    ];

    /// <summary>Predictions by width.</summary>
    public static IReadOnlyList<Curve> PredictionByWidth { get; } =
    [
        new("time-by-width", Prediction, "width-width-10, 64 rows, 16 draws", "width",
            Points([16, 64, 128, 256, 512, 1024, 2048, 4096], width => new Case(
                FormattableString.Invariant($"width_{width}"), FormattableString.Invariant($"predict 64 rows × 16 draws, {width}-{width}-10"),
                device => new PredictionWork(Network.FullyConnected(width, width, 10), 64, 16, device)))),
    ];

    /// <summary>Training steps by draws.</summary>
    public static IReadOnlyList<Curve> StepByDraws { get; } =
    [
        new("step-by-draws", Step, $"{Middle.Name}, batch 256", "draws", Points([1, 2, 4, 8, 16, 32], draws => new Case(
            FormattableString.Invariant($"step_draws_{draws}"), $"train {Middle.Name}, batch 256: {Method.Weights(draws).Title}",
            device => new TrainingStepWork(Middle, 256, Method.Weights(draws), device)))),
    ];

    /// <summary>Training steps by batch.</summary>
    public static IReadOnlyList<Curve> StepByBatch { get; } =
    [
        new("step-by-batch", Step, Middle.Name, "rows", Points([1, 8, 64, 512, 4096], rows => new Case(
            FormattableString.Invariant($"step_batch_{rows}"), FormattableString.Invariant($"train {Middle.Name}, batch {rows:N0}"),
            device => new TrainingStepWork(Middle, rows, Method.Weights(1), device)))),
    ];

    /// <summary>Training steps by width.</summary>
    public static IReadOnlyList<Curve> StepByWidth { get; } =
    [
        new("step-by-width", Step, "64-width-width-1, batch 256", "width", Points([64, 128, 256, 512, 1024, 2048, 4096], width => new Case(
            FormattableString.Invariant($"step_width_{width}"), FormattableString.Invariant($"train 64-{width}-{width}-1, batch 256"),
            device => new TrainingStepWork(Network.FullyConnected(64, width, width, 1), 256, Method.Weights(1), device)))),
    ];

    /// <summary>A prediction and a training step by threads: powers of two up to all logical cores.</summary>
    public static IReadOnlyList<Curve> ByThreads { get; } =
    [
        new("time-by-threads", Prediction, "784-512-512-10, 256 rows, 64 draws", "threads", Points(ThreadCounts, threads => new Case(
            FormattableString.Invariant($"threads_{threads}"), $"predict 256 rows × 64 draws, 784-512-512-10, {Threads(threads)}",
            device => new ThreadsWork(new PredictionWork(Network.Multilayer, 256, 64, device), threads)))),
        new("step-by-threads", Step, "64-1024-1024-1, batch 256", "threads", Points(ThreadCounts, threads => new Case(
            FormattableString.Invariant($"step_threads_{threads}"), $"train 64-1024-1024-1, batch 256, {Threads(threads)}",
            device => new ThreadsWork(
                new TrainingStepWork(Network.FullyConnected(64, 1024, 1024, 1), 256, Method.Weights(1), device), threads)))),
    ];

    /// <summary>All figures.</summary>
    public static IReadOnlyList<Curve> All { get; } =
        [.. PredictionByDraws, .. PredictionByBatch, .. PredictionByWidth, .. StepByDraws, .. StepByBatch, .. StepByWidth, .. ByThreads];

    private static IReadOnlyList<int> ThreadCounts =>
        [.. Enumerable.Range(0, 31).Select(power => 1 << power).TakeWhile(count => count < Environment.ProcessorCount), Environment.ProcessorCount];

    private static IReadOnlyList<(int, Case)> Points(IReadOnlyList<int> numbers, Func<int, Case> create) =>
        [.. numbers.Select(number => (number, create(number)))];

    private static string Threads(int count) => count == 1 ? "1 thread" : $"{count} threads";
}
