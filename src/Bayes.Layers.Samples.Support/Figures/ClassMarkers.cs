using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Draws points, each class in its own colour and shape, with dark edges.</summary>
internal static class ClassMarkers
{
    /// <summary>Adds the points of both classes, and their names to the legend.</summary>
    public static void Add(Plot plot, IReadOnlyList<PlanePoint> points, ClassNames names, float size, double opacity)
    {
        // Draws the smaller class last, so that the larger one does not hide it.
        bool isZeroLarger = 2 * points.Count(point => point.Class == 0) > points.Count;
        if (isZeroLarger)
            AddClass(plot, points, 0, names.Zero, MarkerShape.FilledTriangleUp, size, opacity);
        AddClass(plot, points, 1, names.One, MarkerShape.FilledCircle, size, opacity);
        if (!isZeroLarger)
            AddClass(plot, points, 0, names.Zero, MarkerShape.FilledTriangleUp, size, opacity);
    }

    private static void AddClass(Plot plot, IReadOnlyList<PlanePoint> points, int index, string name, MarkerShape shape, float size, double opacity)
    {
        Coordinates[] places =
            [.. points.Where(point => point.Class == index).Select(point => new Coordinates(point.X, point.Y))];
        if (places.Length == 0)
            return;
        Markers markers = plot.Add.Markers(places);
        markers.LegendText = name;
        markers.MarkerShape = shape;
        markers.MarkerSize = size;
        markers.MarkerStyle.FillColor = FigureColors.OfClass(index).WithAlpha(opacity);
        markers.MarkerStyle.OutlineColor = FigureColors.Ink;
        markers.MarkerStyle.OutlineWidth = FigureStyle.MarkerEdgeShare * size;
    }
}
