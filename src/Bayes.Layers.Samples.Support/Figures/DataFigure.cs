using ScottPlot;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The data in the plane, with a marker for each example.</summary>
internal static class DataFigure
{
    private const double Margin = 0.04;

    /// <summary>Writes the figure as a PNG file.</summary>
    public static void Save(string path, IReadOnlyList<PlanePoint> points, AxisNames axes, ClassNames? names = null, string title = "Data")
    {
        if (points.Count == 0)
            throw new ArgumentException("There is no point to draw.", nameof(points));
        FigureInput.RequirePoints(points, nameof(points));
        using Plot plot = FigureStyle.NewPlot(title, axes);
        ClassMarkers.Add(plot, points, names ?? ClassNames.Default, FigureStyle.SmallMarkerSize, 0.8);
        (double xMin, double xMax) = Range(points.Select(point => point.X));
        (double yMin, double yMax) = Range(points.Select(point => point.Y));
        FigureStyle.ShowRange(plot, xMin, xMax, yMin, yMax);
        FigureStyle.AddLegend(plot);
        FigureStyle.SavePng(plot, path);
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
