using Bayes.Layers.OutOfDistribution;
using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Reports.Predictions;
using static TorchSharp.torch;

namespace Bayes.Layers.Reports;

/// <summary>The section about rows unlike the training data.</summary>
internal static class UnseenSection
{
    /// <summary>Compares two predictions.</summary>
    /// <param name="known">The prediction of rows like the training data.</param>
    /// <param name="unseen">The prediction of other rows.</param>
    /// <param name="name">What the other rows are.</param>
    public static ReportSection Of(Predictive known, Predictive unseen, string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var report = OutOfDistributionReport.Of(known, unseen);
        OutOfDistributionScore score = OutOfDistributionScore.All.First(each => each.Name == report.Results[0].Score);
        var shown = report.Results[0];
        string area = NumberText.Share(shown.RocAuc);
        return new ReportSection($"Does it notice {name}?")
        {
            Introduction = $"With probability {area}, one of the {name} has a higher {shown.Score} than a test row; 0.5 is chance.",
            Figures =
            [
                ReportFigure.Of(
                    HistogramFigure.Draw(
                        [("test rows", ReadTensor.Doubles(score.Of(known))), (name, ReadTensor.Doubles(score.Of(unseen)))],
                        shown.Score, $"Test rows and {name}"),
                    "The less the two overlap, the better rows unlike the training data are noticed.",
                    $"Histograms of the {shown.Score} of {report.KnownCount} test rows and {report.UnseenCount} {name}; the area under the ROC "
                    + "curve is "
                    + $"{area}."),
            ],
            Tables =
            [
                new ReportTable(
                    "Scores", ["score", "AUROC", $"pass unnoticed, with {NumberText.Percent(report.TruePositiveRate)} of the test rows"],
                    [.. report.Results.Select(result => (IReadOnlyList<string>)
                        [result.Score, NumberText.Share(result.RocAuc), NumberText.Percent(result.FalsePositiveRate)])]),
            ],
        };
    }
}
