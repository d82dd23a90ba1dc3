using ScottPlot;

namespace Bayes.Layers.Reports.Figures;

/// <summary>Observed values against predicted means, with the line on which they are equal.</summary>
internal static class ObservedFigure
{
    /// <summary>Largest number of rows that are drawn.</summary>
    public const int MostRows = 1000;

    private const double Margin = 0.04;
    private const double LeastRange = 1e-9;
    private const double Opacity = 0.6;

    /// <summary>Returns the figure.</summary>
    /// <param name="rows">Predicted mean and observed value of every row; those that are drawn lie evenly among them.</param>
    /// <param name="target">The target's name with its unit.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(IReadOnlyList<(double Mean, double Observed)> rows, string target, string title)
    {
        int count = Math.Min(MostRows, rows.Count);
        Coordinates[] places = [.. Enumerable.Range(0, count).Select(index => rows[(int)((long)index * rows.Count / count)])
            .Select(row => new Coordinates(row.Mean, row.Observed))];
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(new AxisNames($"predicted {target}", $"observed {target}"));
            double low = places.Min(place => Math.Min(place.X, place.Y)), high = places.Max(place => Math.Max(place.X, place.Y));
            double margin = Math.Max(Margin * (high - low), LeastRange);
            FigureStyle.ShowRange(plot, low - margin, high + margin, low - margin, high + margin);
            plot.Add.Plottable(new Dots(
                places, "rows", FigureColors.OfSeries(0).WithAlpha(count > 200 ? Opacity : 1), FigureStyle.SmallMarkerSize)
            {
                Edge = null,
            });
            plot.AddReference(new CoordinateLine(low, low, high, high), FigureStyle.ContourWidth - 0.5f, "observed = predicted");
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }
}
