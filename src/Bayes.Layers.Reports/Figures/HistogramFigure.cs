using ScottPlot;

namespace Bayes.Layers.Reports.Figures;

/// <summary>The distributions of one number in several groups of rows: the share of each group's rows in common bins.</summary>
internal static class HistogramFigure
{
    private const int Bins = 24;
    private const double Opacity = 0.28;
    private const double Headroom = 1.08;
    private const double LeastRange = 1e-9;

    private static readonly LinePattern[] Patterns = [LinePattern.Solid, LinePattern.DenselyDashed, LinePattern.Dotted];

    /// <summary>Returns the figure.</summary>
    /// <param name="groups">The name and the numbers of each group; empty groups are left out.</param>
    /// <param name="valueName">What the number is.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(IReadOnlyList<(string Name, double[] Values)> groups, string valueName, string title)
    {
        (string Name, double[] Values)[] filled = [.. groups.Where(group => group.Values.Length > 0)];
        if (filled.Length == 0)
            throw new ArgumentException("There is no row to count.", nameof(groups));
        if (filled.FirstOrDefault(group => !group.Values.All(double.IsFinite)).Name is { } name)
            throw new ArgumentException($"The numbers of '{name}' must be finite.", nameof(groups));
        double low = filled.Min(group => group.Values.Min()), high = filled.Max(group => group.Values.Max());
        double width = Math.Max((high - low) / Bins, LeastRange);
        double[][] shares = [.. filled.Select(group => Shares(group.Values, low, width))];
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(new AxisNames(valueName, "share of the rows (%)"));
            FigureStyle.ShowRange(plot, low, low + Bins * width, 0, Headroom * shares.Max(each => each.Max()));
            for (int index = 0; index < filled.Length; index++)
            {
                Color color = FigureColors.OfSeries(index);
                Coordinates[] outline = [.. Outline(shares[index], low, width)];
                plot.AddBand(outline, place => (place.X, 0, place.Y), color.WithAlpha(Opacity));
                var line = plot.Add.ScatterLine(outline);
                line.LineColor = color;
                line.LineWidth = FigureStyle.ContourWidth;
                line.LinePattern = Patterns[index % Patterns.Length];
                line.LegendText = FormattableString.Invariant($"{filled[index].Name} ({filled[index].Values.Length:N0})");
            }
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }

    private static double[] Shares(double[] values, double low, double width)
    {
        var counts = new double[Bins];
        foreach (double value in values)
            counts[Math.Clamp((int)((value - low) / width), 0, Bins - 1)] += 100.0 / values.Length;
        return counts;
    }

    private static IEnumerable<Coordinates> Outline(double[] shares, double low, double width)
    {
        for (int bin = 0; bin < Bins; bin++)
        {
            yield return new Coordinates(low + bin * width, shares[bin]);
            yield return new Coordinates(low + (bin + 1) * width, shares[bin]);
        }
    }
}
