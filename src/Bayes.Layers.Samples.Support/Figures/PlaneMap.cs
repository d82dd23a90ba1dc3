using Bayes.Layers.Reports.Figures;
using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Fills the plane with the colours of a grid's values.</summary>
internal static class PlaneMap
{
    /// <summary>Diameter of the dots on a map of its own.</summary>
    public const float Dot = 4;

    /// <summary>Diameter of the dots on one of several maps.</summary>
    public const float SmallDot = 3;

    // The page smooths between them.
    private const int FilledColumns = 300;

    // Enough for a line that looks curved.
    private const int TracedColumns = 250;

    private const double LeastRange = 1e-3;

    /// <summary>Returns the upper end of a scale for the values; positive even if all of them are 0.</summary>
    public static double HighOf(double[,] values) => Math.Max(LeastRange, values.Cast<double>().Max());

    /// <summary>Adds the filled map over the whole plot, and its colour bar.</summary>
    public static void Add(
        Plot plot, PlaneGrid grid, double[,] values, IColormap colors, double high, string label, Tick[] ticks)
    {
        Heatmap map = Fill(plot, grid, values, colors, high);
        plot.HideGrid();
        FigureStyle.ShowRange(plot, grid.XMin, grid.XMax, grid.YMin, grid.YMax);
        FigureStyle.AddColorBar(plot, map, label, ticks);
    }

    /// <summary>Fills the grid's part of the plot.</summary>
    public static Heatmap Fill(Plot plot, PlaneGrid grid, double[,] values, IColormap colors, double high)
    {
        Heatmap map = plot.Add.Heatmap(FineValues.Of(values, FilledColumns));
        map.Colormap = colors;
        map.ManualRange = new ScottPlot.Range(0, high);
        map.Smooth = true;

        // ScottPlot puts row 0 at the top; here it has the lowest y.
        map.FlipVertically = true;
        map.Position = new CoordinateRect(grid.XMin, grid.XMax, grid.YMin, grid.YMax);
        return map;
    }

    /// <summary>Adds the line along which both classes are equally probable, on one grid or on several side by side.</summary>
    public static void AddBoundary(Plot plot, IEnumerable<PlaneGrid> grids, double[,] probability, ClassNames names) =>
        AddBoundaries(plot, [.. grids.Select(grid => (grid, probability))], names);

    /// <summary>Adds the line along which both classes are equally probable on each of several grids.</summary>
    public static void AddBoundaries(Plot plot, IReadOnlyList<(PlaneGrid Grid, double[,] Probability)> maps, ClassNames names)
    {
        Coordinates[][] lines = [.. maps.SelectMany(map =>
        {
            var (grid, fine) = (map.Grid, FineValues.Of(map.Probability, TracedColumns));
            return ContourTracer.Trace(
                new PlaneGrid(grid.XMin, grid.XMax, grid.YMin, grid.YMax, fine.GetLength(1), fine.GetLength(0)), fine, 0.5);
        })];
        plot.Add.Plottable(new ContourOverlay(lines, $"P({names.One}) = 0.5"));
    }
}
