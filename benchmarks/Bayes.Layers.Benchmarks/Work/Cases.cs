using Bayes.Layers.Estimators;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>The measured cases, by question.</summary>
internal static class Cases
{
    /// <summary>The batches of <see cref="ByDraws"/>.</summary>
    public static IReadOnlyList<long> RowsByDraws { get; } = [1, 256];

    /// <summary>The numbers of draws of <see cref="ByDraws"/>.</summary>
    public static IReadOnlyList<int> DrawCounts { get; } = [2, 4, 8, 16, 32, 64, 128];

    /// <summary>How long does Monte Carlo prediction take?</summary>
    public static IReadOnlyList<Case> Prediction { get; } =
    [
        new("mc_grid", "predict 250,000 rows × 100 draws, 2-5-5-1", device => new PredictionWork(Network.Experiment, 250_000, 100, device)),
        new("mc_mlp_batch", "predict 256 rows × 64 draws, 784-512-512-10", device => new PredictionWork(Network.Multilayer, 256, 64, device)),
        new("mc_mlp_row", "predict 1 row × 100 draws, 784-512-512-10", device => new PredictionWork(Network.Multilayer, 1, 100, device)),
        new(
            "mc_mlp_row_local", "predict 1 row × 100 draws, 784-512-512-10, local reparameterization",
            device => new PredictionWork(Network.Multilayer, 1, new LocalReparameterization(100), device)),
        new("mc_conv", "predict 64 images × 32 draws, two convolutions", device => new PredictionWork(Network.Convolutional, 64, 32, device)),
    ];

    /// <summary>How long does a training step take, by estimator and number of draws?</summary>
    public static IReadOnlyList<Case> Training { get; } =
    [
        new("train_batch1", "train 2-5-5-1, batch 1", device => new TrainingLoopWork(device)),
        Step("train_mlp", "1 draw", new Reparameterization()),
        Step("train_mlp_4", "4 draws", new Reparameterization(4)),
        Step("train_mlp_16", "16 draws", new Reparameterization(16)),
        Step("train_mlp_pair", "an antithetic pair", new Reparameterization(2, antithetic: true)),
        Step("train_mlp_local", "local reparameterization, 1 draw", new LocalReparameterization()),
        Step("train_mlp_local_4", "local reparameterization, 4 draws", new LocalReparameterization(4)),
        Step("train_mlp_local_16", "local reparameterization, 16 draws", new LocalReparameterization(16)),
        Step("train_mlp_flipout", "Flipout, 1 draw", new Flipout()),
        Step("train_mlp_flipout_4", "Flipout, 4 draws", new Flipout(4)),
        Step("train_mlp_flipout_16", "Flipout, 16 draws", new Flipout(16)),
    ];

    /// <summary>How fast is noise generated?</summary>
    public static IReadOnlyList<Case> Noise { get; } =
    [
        new("noise", "16 million N(0, 1) numbers, 64 draws", device => new NoiseWork(1 << 18, 64, device)),
        new("noise_small", "1,280 N(0, 1) numbers, 64 draws", device => new NoiseWork(20, 64, device)),
    ];

    /// <summary>How long does the KL divergence of a large model take?</summary>
    public static IReadOnlyList<Case> KlDivergence { get; } =
    [
        new("kl", "KL of 10 million weights", device => new DivergenceWork(Large, withGradient: false, device)),
        new("kl_gradient", "KL of 10 million weights, and its gradient", device => new DivergenceWork(Large, withGradient: true, device)),
    ];

    /// <summary>How does the time of a prediction grow with the draws?</summary>
    public static IReadOnlyList<Case> ByDraws { get; } =
    [
        .. from rows in RowsByDraws
           from draws in DrawCounts
           select new Case(
               KeyByDraws(rows, draws), $"predict {Rows(rows)} × {draws} draws, 784-512-512-10",
               device => new PredictionWork(Network.Multilayer, rows, draws, device)),
    ];

    /// <summary>How does it grow with the batch?</summary>
    public static IReadOnlyList<Case> ByBatch { get; } =
    [
        .. from rows in new[] { 1, 8, 64, 512, 4096 }
           select new Case(
               FormattableString.Invariant($"batch_{rows}"), $"predict {Rows(rows)} × 16 draws, 256-256-10",
               device => new PredictionWork(Network.FullyConnected(256, 256, 10), rows, 16, device)),
    ];

    /// <summary>How does it grow with the width?</summary>
    public static IReadOnlyList<Case> ByWidth { get; } =
    [
        .. from width in new[] { 16, 64, 256, 1024 }
           select new Case(
               FormattableString.Invariant($"width_{width}"), FormattableString.Invariant($"predict 64 rows × 16 draws, {width}-{width}-10"),
               device => new PredictionWork(Network.FullyConnected(width, width, 10), 64, 16, device)),
    ];

    /// <summary>The cases of the quick run, whose keys are fixed.</summary>
    public static IReadOnlyList<Case> Quick { get; } = [.. Prediction, .. Training.Take(2), .. KlDivergence.Take(1)];

    /// <summary>Returns the key of one of <see cref="ByDraws"/>.</summary>
    public static string KeyByDraws(long rows, int draws) => FormattableString.Invariant($"draws_{rows}_{draws}");

    /// <summary>Returns a number of rows in words.</summary>
    public static string Rows(long rows) => FormattableString.Invariant($"{rows:N0} {(rows == 1 ? "row" : "rows")}");

    private static Network Large => Network.FullyConnected(1000, 2500, 2500, 500);

    private static Case Step(string key, string how, SamplingEstimator estimator) => new(
        key, $"train 784-512-512-10, batch 128: {how}", device => new TrainingStepWork(Network.Multilayer, 128, estimator, device));
}
