using ScottPlot;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The mean probability of class 1 over the plane, and the boundary where it is one half.</summary>
internal static class DecisionBoundaryFigure
{
    /// <summary>Writes the figure as a PNG file.</summary>
    public static void Save(
        string path, PlaneGrid grid, double[,] probability, AxisNames axes, ClassNames? names = null, string title = "Decision boundary")
    {
        FigureInput.RequireValues(grid, probability, 0, 1, nameof(probability));
        names ??= ClassNames.Default;
        using Plot plot = FigureStyle.NewPlot(title, axes);
        PlaneMap.Add(
            plot, grid, probability, FigureColors.Diverging(), 1, $"P({names.One})", NumberTicks.Between(0, 1, 4));
        PlaneMap.AddBoundary(plot, [grid], probability, names);
        FigureStyle.AddLegend(plot);
        FigureStyle.SavePng(plot, path);
    }
}
