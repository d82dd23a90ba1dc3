using ScottPlot;

namespace Bayes.Layers.Reports.Figures;

/// <summary>Residuals, which are observed minus predicted values, against the predicted means, with the line at 0.</summary>
internal static class ResidualFigure
{
    private const double Margin = 0.04;
    private const double LeastRange = 1e-9;
    private const double Opacity = 0.6;

    /// <summary>Returns the figure.</summary>
    /// <param name="rows">Predicted mean and observed value of every row; at most <see cref="ObservedFigure.MostRows"/> are drawn.</param>
    /// <param name="target">The target's name with its unit.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(IReadOnlyList<(double Mean, double Observed)> rows, string target, string title)
    {
        int count = Math.Min(ObservedFigure.MostRows, rows.Count);
        Coordinates[] places = [.. Enumerable.Range(0, count).Select(index => rows[(int)((long)index * rows.Count / count)])
            .Select(row => new Coordinates(row.Mean, row.Observed - row.Mean))];
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(new AxisNames($"predicted {target}", "observed − predicted"));
            double low = places.Min(place => place.X), high = places.Max(place => place.X), most = places.Max(place => Math.Abs(place.Y));
            double margin = Math.Max(Margin * (high - low), LeastRange), reach = Math.Max((1 + Margin) * most, LeastRange);
            FigureStyle.ShowRange(plot, low - margin, high + margin, -reach, reach);
            plot.Add.Plottable(new Dots(
                places, "rows", FigureColors.OfSeries(0).WithAlpha(count > 200 ? Opacity : 1), FigureStyle.SmallMarkerSize)
            {
                Edge = null,
            });
            plot.AddReference(new CoordinateLine(low, 0, high, 0), FigureStyle.ContourWidth - 0.5f, "no error");
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }
}
