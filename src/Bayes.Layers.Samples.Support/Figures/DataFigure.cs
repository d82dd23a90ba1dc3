using Bayes.Layers.Reports.Figures;
using ScottPlot;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The data in the plane, with a marker for each example.</summary>
internal static class DataFigure
{
    private const double Margin = 0.04;

    /// <summary>Returns the figure.</summary>
    public static FigureDrawing Draw(IReadOnlyList<PlanePoint> points, AxisNames axes, ClassNames? names = null, string title = "Data")
    {
        if (points.Count == 0)
            throw new ArgumentException("There is no point to draw.", nameof(points));
        PlaneInput.RequirePoints(points, nameof(points));
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(axes);
            ClassMarkers.Add(plot, points, names ?? ClassNames.Default, PlaneMap.Dot);
            (double xMin, double xMax) = Range(points.Select(point => point.X));
            (double yMin, double yMax) = Range(points.Select(point => point.Y));
            FigureStyle.ShowRange(plot, xMin, xMax, yMin, yMax);
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }

    private static (double Low, double High) Range(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double low = all.Min();
        double high = all.Max();
        double margin = high > low ? Margin * (high - low) : Math.Max(1, Math.Abs(low));
        return (low - margin, high + margin);
    }
}
