using Bayes.Layers.Reports.Figures;
using ScottPlot;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The epistemic uncertainty over the plane, with the decision boundary and the examples.</summary>
internal static class UncertaintyFigure
{
    /// <summary>Returns the figure.</summary>
    public static FigureDrawing Draw(
        PlaneGrid grid,
        double[,] stddev,
        double[,] probability,
        IReadOnlyList<PlanePoint> points,
        AxisNames axes,
        ClassNames? names = null,
        string title = "Epistemic uncertainty")
    {
        PlaneInput.RequireValues(grid, stddev, 0, double.MaxValue, nameof(stddev));
        PlaneInput.RequireValues(grid, probability, 0, 1, nameof(probability));
        PlaneInput.RequirePoints(points, nameof(points));
        names ??= ClassNames.Default;

        // The scale begins at 0, so that a dark place means no uncertainty, not just the lowest in this map.
        double high = PlaneMap.HighOf(stddev);
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(axes);
            PlaneMap.Add(
                plot, grid, stddev, FigureColors.Sequential(), high, $"stddev of P({names.One})", NumberTicks.Between(0, high, 5));
            PlaneMap.AddBoundary(plot, [grid], probability, names);
            ClassMarkers.Add(plot, points, names, PlaneMap.Dot);
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }
}
