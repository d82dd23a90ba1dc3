using System.Globalization;
using System.Text;
using Bayes.Layers.Reports;

namespace Bayes.Layers.Samples.Compare;

/// <summary>The numbers of all methods as a table, without columns that no method has.</summary>
internal static class MethodTable
{
    private static readonly (string Name, string Explanation, Func<MethodMetrics, string?> Value)[] Columns =
    [
        ("accuracy", "Share of the test rows classified rightly.", of => Number(of.Accuracy, "F3")),
        ("RMSE", "Root mean squared error on the test rows, in the target's unit.", of => Number(of.Rmse, "G4")),
        ("log density", "Mean log predictive density of the test rows, in nats; higher is better.", of => Number(of.LogDensity, "F3")),
        ("ECE", "Expected calibration error of the confidence, in ten bins; lower is better.", of => Number(of.Ece, "F3")),
        ("coverage", "Share of the test targets within their 95 % prediction interval.", of => Number(of.Coverage95, "F3")),
        ("in the gap", "The same for targets in the gap.", of => Number(of.Coverage95InGap, "F3")),
        (
            "OOD AUROC",
            "Probability that an unseen input is more uncertain than a test row, by entropy for classes and by standard deviation for a regression; "
            + "0.5 is chance.",
            of => Number(of.OodAuroc, "F3")),
        ("epistemic", "The same by the epistemic part alone, which a single function does not have.", of => Number(of.OodAurocEpistemic, "F3")),
        ("agreement", "Share of the test rows that get the same class as from HMC.", of => Number(of.AgreementWithHmc, "F3")),
        (
            "total variation", "Mean total variation distance from the predictive distribution of HMC; 0 is equal and 1 is disjoint.",
            of => Number(of.TotalVariationFromHmc, "F3")),
        ("train s", "Seconds of training, with that of the network that a method begins with.", of => Number(of.TrainSeconds, "F1")),
        ("predict s", "Seconds of a prediction of 1,000 rows.", of => Number(of.PredictSecondsPer1000, "F3")),
        ("kB", "Thousands of bytes of the trained method.", of => Number(of.ModelBytes / 1000.0, "N1")),
    ];

    /// <summary>Returns the table for a page.</summary>
    public static ReportTable ForPage(IReadOnlyList<MethodMetrics> methods, Func<string, string> title)
    {
        var shown = Shown(methods);
        return new ReportTable(
            "Methods", ["method", .. shown.Select(column => column.Name)],
            [.. methods.Select(method => (IReadOnlyList<string>)[title(method.Name), .. shown.Select(column => column.Value(method) ?? "–")])],
            string.Join(" ", shown.Select(column => $"{column.Name}: {char.ToLowerInvariant(column.Explanation[0])}{column.Explanation[1..]}")));
    }

    /// <summary>Returns the table as text in columns.</summary>
    public static string AsText(IReadOnlyList<MethodMetrics> methods, Func<string, string> title)
    {
        var table = ForPage(methods, title);
        int[] widths = [.. table.Columns.Select((name, column) => table.Rows.Select(row => row[column].Length).Append(name.Length).Max())];
        var text = new StringBuilder();
        foreach (var row in table.Rows.Prepend(table.Columns))
        {
            if (text.Length > 0)
                text.AppendLine();
            text.Append(row[0].PadRight(widths[0]));
            for (int column = 1; column < row.Count; column++)
                text.Append("  ").Append(row[column].PadLeft(widths[column]));
        }
        return text.ToString();
    }

    private static (string Name, string Explanation, Func<MethodMetrics, string?> Value)[] Shown(IReadOnlyList<MethodMetrics> methods) =>
        [.. Columns.Where(column => methods.Any(method => column.Value(method) is not null))];

    private static string? Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture);
}
