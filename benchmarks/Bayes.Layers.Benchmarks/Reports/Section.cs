using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>One question of a report.</summary>
/// <param name="Title">The question.</param>
/// <param name="Cases">Its cases.</param>
/// <param name="Rounds">The rounds for each case.</param>
/// <param name="Compiled">Whether PyTorch is also timed with <c>torch.compile</c>, which takes a while for each case.</param>
internal sealed record Section(string Title, IReadOnlyList<Case> Cases, Rounds Rounds, bool Compiled = false)
{
    /// <summary>All sections.</summary>
    public static IReadOnlyList<Section> All { get; } =
    [
        new("Monte Carlo prediction", Work.Cases.Prediction, Rounds.Thorough, Compiled: true),
        new("Prediction of a wide network", Work.Cases.WidePrediction, Rounds.Curve, Compiled: true),
        new("Serving", Work.Cases.Serving, Rounds.Curve, Compiled: true),
        new("A training step", Work.Cases.Training, Rounds.Thorough, Compiled: true),
        new("A training step of a wide network", Work.Cases.WideTraining, Rounds.Curve, Compiled: true),
        new("A training step of convolutions", Work.Cases.ConvolutionalTraining, Rounds.Curve, Compiled: true),
        new("Recurrent layers", Work.Cases.Recurrent, Rounds.Curve, Compiled: true),
        OfCurves("Prediction by draws", Curves.PredictionByDraws),
        OfCurves("Prediction by batch", Curves.PredictionByBatch),
        OfCurves("Prediction by width", Curves.PredictionByWidth),
        OfCurves("A training step by draws", Curves.StepByDraws),
        OfCurves("A training step by batch", Curves.StepByBatch),
        OfCurves("A training step by width", Curves.StepByWidth),
        OfCurves("By threads", Curves.ByThreads),
        new("Noise", Work.Cases.Noise, Rounds.Curve),
        new("The KL divergence of a large model", Work.Cases.KlDivergence, Rounds.Curve),
    ];

    private static Section OfCurves(string title, IReadOnlyList<Curve> curves) =>
        new(title, [.. curves.SelectMany(curve => curve.Cases)], Rounds.Curve);
}
