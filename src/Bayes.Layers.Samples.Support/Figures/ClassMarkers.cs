using Bayes.Layers.Reports.Figures;
using ScottPlot;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Draws points, each class in its own colour and shape, with edges in the colour of the page.</summary>
internal static class ClassMarkers
{
    /// <summary>Adds the points of both classes, and their names to the legend.</summary>
    public static void Add(Plot plot, IReadOnlyList<PlanePoint> points, ClassNames names, float size)
    {
        // Draws the smaller class last, so that the larger one does not hide it.
        bool isZeroLarger = 2 * points.Count(point => point.Class == 0) > points.Count;
        if (isZeroLarger)
            AddClass(plot, points, 0, names.Zero, isSquare: true, size);
        AddClass(plot, points, 1, names.One, isSquare: false, size);
        if (!isZeroLarger)
            AddClass(plot, points, 0, names.Zero, isSquare: true, size);
    }

    private static void AddClass(Plot plot, IReadOnlyList<PlanePoint> points, int index, string name, bool isSquare, float size) =>
        plot.Add.Plottable(new Dots(
            [.. points.Where(point => point.Class == index).Select(point => new Coordinates(point.X, point.Y))],
            name, FigureColors.OfClass(index), size) { IsSquare = isSquare });
}
