using ScottPlot;

namespace Bayes.Layers.Reports.Figures;

/// <summary>Named numbers with intervals, one below the other, and the line at 0.</summary>
internal static class NamedIntervalFigure
{
    /// <summary>Largest number of names that are drawn, the first ones.</summary>
    public const int MostNames = 12;

    private const int LongestName = 16;
    private const double Margin = 0.05;
    private const double LeastRange = 1e-9;

    /// <summary>Returns the figure.</summary>
    /// <param name="rows">Names, numbers and the ends of their intervals; the first is on top.</param>
    /// <param name="axis">The name of the numbers with their unit.</param>
    /// <param name="name">What a dot is, in the legend.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(
        IReadOnlyList<(string Name, double Value, double Low, double High)> rows, string axis, string name, string title)
    {
        var shown = rows.Take(MostNames).Reverse().ToArray();
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(new AxisNames(axis, ""));
            double low = Math.Min(0, shown.Min(row => row.Low)), high = Math.Max(0, shown.Max(row => row.High));
            double margin = Math.Max(Margin * (high - low), LeastRange);
            FigureStyle.ShowRange(plot, low - margin, high + margin, -0.6, shown.Length - 0.4);
            FigureStyle.SetTicks(plot.Axes.Left, [.. shown.Select((row, index) => new Tick(index, Shortened(row.Name), isMajor: true))]);
            plot.AddReference(new CoordinateLine(0, -0.6, 0, shown.Length - 0.4), FigureStyle.ContourWidth - 0.5f, "no importance");
            foreach (var (index, row) in shown.Index())
            {
                var line = plot.Add.Line(row.Low, index, row.High, index);
                line.LineColor = FigureColors.OfSeries(0);
                line.LineWidth = FigureStyle.ContourWidth;
            }
            plot.Add.Plottable(new Dots(
                [.. shown.Select((row, index) => new Coordinates(row.Value, index))], name, FigureColors.OfSeries(0), FigureStyle.MarkerSize));
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }

    private static string Shortened(string name) => name.Length <= LongestName ? name : name[..(LongestName - 1)] + "…";
}
