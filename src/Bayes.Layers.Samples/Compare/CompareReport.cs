using Bayes.Layers.Reports;
using Bayes.Layers.Samples.Compare.Problems;
using Bayes.Layers.Samples.Support.Figures;
using static Bayes.Layers.Reports.Predictions.NumberText;

namespace Bayes.Layers.Samples.Compare;

/// <summary>The comparison on one page.</summary>
internal static class CompareReport
{
    /// <summary>Writes report.html.</summary>
    public static void Write(
        string folder, ComparisonProblem problem, CompareMetrics metrics, IReadOnlyList<MethodResult> results, IReadOnlyList<FigureFile> figures)
    {
        var titles = results.ToDictionary(result => result.Method.Name, result => result.Method.Title);
        new Report($"Methods compared: {problem.Title}")
            .WithLead(
                $"One network ({metrics.Network}; {Count(metrics.Parameters)} weights) was trained on one data set by {results.Count} methods, all "
                + $"with the prior N(0, {Setting(metrics.PriorStddev)}²) of each weight and the likelihood {metrics.Likelihood}.")
            .WithFindings(CompareFindings.Of(metrics.Methods, name => titles[name]))
            .WithSection(new ReportSection("All methods side by side")
            {
                Figures = [.. figures.Select(figure => figure.ForReport())],
                Tables = [MethodTable.ForPage(metrics.Methods, name => titles[name])],
            })
            .WithSection(new ReportSection("What was done")
            {
                Introduction = problem.Description,
                Paragraphs = metrics.Notes,
                Tables =
                [
                    new ReportTable(
                        "What the methods do", ["method", "what it does"],
                        [.. results.Select(result => (IReadOnlyList<string>)[result.Method.Title, result.Method.Description])]) { HasWords = true },
                ],
            })
            .WithSettings(List(metrics))
            .WithAttribution(problem.Attribution)
            .Save(Path.Combine(folder, Report.FileName));
    }

    private static IReadOnlyList<ReportSetting> List(CompareMetrics metrics) =>
    [
        new("Rows to train on", Count(metrics.TrainRows)),
        new("Rows to test on", Count(metrics.TestRows)),
        new("Epochs, plain", Count(metrics.Settings.Epochs)),
        new("Epochs, variational", Count(metrics.Settings.VariationalEpochs)),
        new("Batch size", Count(metrics.Settings.BatchSize)),
        new("Learning rate", Setting(metrics.Settings.LearningRate)),
        new("Dropout", Setting(metrics.Settings.Dropout)),
        new("Rank", Count(metrics.Settings.Rank)),
        new("Members", Count(metrics.Settings.Members)),
        new("Draws of a prediction", Count(metrics.Settings.Samples)),
        new("Seed", Count(metrics.Seed)),
        new("Seed of the split", Count(metrics.SplitSeed)),
    ];
}
