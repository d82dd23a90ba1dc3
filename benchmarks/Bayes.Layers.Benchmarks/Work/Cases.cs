using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>The measured cases, by question; <see cref="Curves"/> has those of the figures.</summary>
internal static class Cases
{
    private static readonly int[] Widths = [256, 1024, 2048];

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

    /// <summary>How long does a prediction of a wide network take?</summary>
    public static IReadOnlyList<Case> WidePrediction { get; } =
    [
        .. from width in Widths
           select new Case(
               FormattableString.Invariant($"mc_{width}"), $"predict 256 rows × 32 draws, {Wide(width).Name}",
               device => new PredictionWork(Wide(width), 256, 32, device)),
    ];

    /// <summary>How long does a request to a server take, which knows its functions? And a row of a large table?</summary>
    public static IReadOnlyList<Case> Serving { get; } =
    [
        .. from rows in new[] { 1, 1000 }
           from withInterval in new[] { false, true }
           select new Case(
               FormattableString.Invariant($"serve_{rows}{(withInterval ? "_interval" : "")}"),
               $"serve {Rows(rows)} × 100 draws, 13-50-1{(withInterval ? ", with an interval" : "")}",
               device => new PredictionWork(Network.FullyConnected(13, 50, 1), rows, 100, device, seed: 1, withInterval)),
        new("serve_table", "serve 1 row × 30 draws, a table of 100,000 × 64", device => new PredictionWork(Network.Table, 1, 30, device, seed: 1)),
    ];

    /// <summary>How long does a training step take, by estimator and number of draws?</summary>
    public static IReadOnlyList<Case> Training { get; } =
    [
        new("train_batch1", "train 2-5-5-1, batch 1", device => new TrainingLoopWork(device)),
        Step("train_mlp", Method.Weights(1)),
        Step("train_mlp_4", Method.Weights(4)),
        Step("train_mlp_16", Method.Weights(16)),
        Step("train_mlp_pair", Method.Pair),
        Step("train_mlp_local", Method.Local(1)),
        Step("train_mlp_local_4", Method.Local(4)),
        Step("train_mlp_local_16", Method.Local(16)),
        Step("train_mlp_flipout", Method.Flipout(1)),
        Step("train_mlp_flipout_4", Method.Flipout(4)),
        Step("train_mlp_flipout_16", Method.Flipout(16)),
    ];

    /// <summary>How long does a training step of a wide network take?</summary>
    public static IReadOnlyList<Case> WideTraining { get; } =
    [
        .. from width in Widths
           from method in Method.OneDraw
           select new Case(
               FormattableString.Invariant($"train_{width}_{method.Key}"), $"train {Wide(width).Name}, batch 256: {method.Title}",
               device => new TrainingStepWork(Wide(width), 256, method, device)),
    ];

    /// <summary>How long does a training step of a network of convolutions take?</summary>
    public static IReadOnlyList<Case> ConvolutionalTraining { get; } =
    [
        .. from method in Method.OneDraw
           select new Case(
               $"train_conv_{method.Key}", $"train convolutions 3-32-64-128, batch 64: {method.Title}",
               device => new TrainingStepWork(Network.Images, 64, method, device)),
    ];

    /// <summary>How long do passes of a recurrent layer take?</summary>
    public static IReadOnlyList<Case> Recurrent { get; } =
        [.. OfCell("LSTM", device => new BayesianLSTM(16, 64, device: device)), .. OfCell("GRU", device => new BayesianGRU(16, 64, device: device))];

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

    /// <summary>The cases of the quick run, whose keys are fixed; a new one comes at the end.</summary>
    public static IReadOnlyList<Case> Quick { get; } =
    [
        .. Prediction, .. Training.Take(2), .. KlDivergence.Take(1), .. WideTraining.Take(6), .. WidePrediction.Skip(1).Take(1),
        .. Recurrent.Skip(1).Take(2), .. Serving.Take(2), .. Serving.TakeLast(1), .. ConvolutionalTraining.Take(1),
    ];

    /// <summary>Returns a number of rows in words.</summary>
    public static string Rows(long rows) => FormattableString.Invariant($"{rows:N0} {(rows == 1 ? "row" : "rows")}");

    private static Network Large => Network.FullyConnected(1000, 2500, 2500, 500);

    private static Network Wide(int width) => Network.FullyConnected(64, width, width, 1);

    private static Case Step(string key, Method method) => new(
        key, $"train 784-512-512-10, batch 128: {method.Title}", device => new TrainingStepWork(Network.Multilayer, 128, method, device));

    private static Case[] OfCell(string cell, Func<Device, BayesianRecurrent> create)
    {
        return [Of("", "forward", RecurrentUse.Forward), Of("_gradient", "forward and backward", RecurrentUse.ForwardAndBackward),
            Of("_16", "16 draws forward", RecurrentUse.SixteenDraws)];

        Case Of(string suffix, string how, RecurrentUse use) => new(
            cell.ToLowerInvariant() + suffix, $"{cell} 16-64, batch 32, 48 steps: {how}", device => new RecurrentWork(create, use, device));
    }
}
