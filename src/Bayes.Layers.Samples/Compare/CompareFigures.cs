using Bayes.Layers.Samples.Compare.Problems;
using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Samples.Compare;

/// <summary>The comparison's figures: those of the data, and the numbers of all methods side by side.</summary>
internal static class CompareFigures
{
    /// <summary>Returns every figure in reading order.</summary>
    public static IReadOnlyList<FigureFile> Of(ComparisonProblem problem, IReadOnlyList<MethodResult> results) =>
    [
        .. problem.Figures(results),
        new FigureFile(
            "methods.png",
            MethodDotsFigure.Draw([.. results.Select(result => result.Method.Title)], Panels(results), "All methods on the test rows"),
            "The numbers of all methods, each on its own scale; times on a logarithmic one. The names are those of the table; from HMC is the "
            + "total variation distance.",
            $"Dots for each of {results.Count} methods on several scales; the table below has the same numbers."),
    ];

    private static IReadOnlyList<DotPanel> Panels(IReadOnlyList<MethodResult> results)
    {
        MethodMetrics[] all = [.. results.Select(result => result.Metrics)];
        (string Title, Func<MethodMetrics, double?> Value, bool IsLogarithmic)[] panels =
        [
            ("accuracy", each => each.Accuracy, false),
            ("RMSE", each => each.Rmse, false),
            ("log density", each => each.LogDensity, false),
            ("ECE", each => each.Ece, false),
            ("in the gap", each => each.Coverage95InGap, false),
            ("OOD AUROC", each => each.OodAuroc, false),
            ("epistemic", each => each.OodAurocEpistemic, false),
            ("from HMC", each => each.TotalVariationFromHmc, false),
            ("training s", each => each.TrainSeconds, true),
        ];
        return
        [
            .. panels.Where(panel => all.Any(each => panel.Value(each) is not null))
                .Select(panel => new DotPanel(panel.Title, [.. all.Select(panel.Value)], panel.IsLogarithmic)),
        ];
    }
}
