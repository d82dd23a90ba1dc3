using ScottPlot;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The epistemic uncertainty over the plane, with the decision boundary and some examples.</summary>
internal static class UncertaintyFigure
{
    /// <summary>Writes the figure as a PNG file, with all points; about 20 of each class have room.</summary>
    public static void Save(
        string path,
        PlaneGrid grid,
        double[,] stddev,
        double[,] probability,
        IReadOnlyList<PlanePoint> points,
        AxisNames axes,
        ClassNames? names = null,
        string title = "Epistemic uncertainty")
    {
        FigureInput.RequireValues(grid, stddev, 0, double.MaxValue, nameof(stddev));
        FigureInput.RequireValues(grid, probability, 0, 1, nameof(probability));
        FigureInput.RequirePoints(points, nameof(points));
        names ??= ClassNames.Default;

        // The scale begins at 0, so that a dark place means no uncertainty, not just the lowest in this map.
        double high = PlaneMap.HighOf(stddev);
        using Plot plot = FigureStyle.NewPlot(title, axes);
        PlaneMap.Add(
            plot,
            grid,
            stddev,
            FigureColors.Sequential(),
            high,
            $"epistemic standard deviation of P({names.One})",
            NumberTicks.Between(0, high, 6));
        PlaneMap.AddBoundary(plot, [grid], probability, names);
        ClassMarkers.Add(plot, points, names, FigureStyle.MarkerSize, 1);
        FigureStyle.AddLegend(plot);
        FigureStyle.SavePng(plot, path);
    }
}
