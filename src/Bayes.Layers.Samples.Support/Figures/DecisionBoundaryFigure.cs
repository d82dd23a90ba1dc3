using Bayes.Layers.Reports.Figures;
using ScottPlot;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The mean probability of class 1 over the plane, the boundary where it is one half, and the examples.</summary>
internal static class DecisionBoundaryFigure
{
    /// <summary>Returns the figure.</summary>
    public static FigureDrawing Draw(
        PlaneGrid grid, double[,] probability, IReadOnlyList<PlanePoint> points, AxisNames axes, ClassNames? names = null,
        string title = "Decision boundary")
    {
        PlaneInput.RequireValues(grid, probability, 0, 1, nameof(probability));
        PlaneInput.RequirePoints(points, nameof(points));
        names ??= ClassNames.Default;
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(axes);
            PlaneMap.Add(plot, grid, probability, FigureColors.Diverging(), 1, $"P({names.One})", NumberTicks.Between(0, 1, 4));
            PlaneMap.AddBoundary(plot, [grid], probability, names);
            ClassMarkers.Add(plot, points, names, PlaneMap.Dot);
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }
}
