using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>
/// The total uncertainty over the plane and its two parts, in three maps side by side with one scale: the entropy of the prediction, the part that
/// comes from the data, and the part that comes from what the model does not know.
/// </summary>
internal static class UncertaintyPartsFigure
{
    /// <summary>Width of the figure in pixels.</summary>
    public const int Width = 2100;

    /// <summary>Height of the figure in pixels.</summary>
    public const int Height = 1000;

    private const double GapShare = 0.06;

    // Far above the rounding errors of single precision, far below what is visible.
    private const double SumTolerance = 1e-3;

    private static readonly double MostOfTwoClasses = Math.Log(2);

    private static readonly string[] Titles =
        ["Total = aleatoric + epistemic", "Aleatoric: classes overlap", "Epistemic: functions disagree"];

    /// <summary>Writes the figure as a PNG file, with all points on every map; about 20 of each class have room.</summary>
    /// <param name="path">The file.</param>
    /// <param name="grid">The grid of the maps.</param>
    /// <param name="total">Entropy of the mean prediction, in nats.</param>
    /// <param name="aleatoric">Mean entropy of the functions' predictions, in nats.</param>
    /// <param name="epistemic">Mutual information of prediction and function, in nats: the total minus the aleatoric part.</param>
    /// <param name="probability">Mean probability of class 1, for the boundary.</param>
    /// <param name="points">Examples.</param>
    /// <param name="axes">The axes' labels.</param>
    /// <param name="names">The classes' names.</param>
    /// <param name="title">The title above the three.</param>
    public static void Save(
        string path,
        PlaneGrid grid,
        double[,] total,
        double[,] aleatoric,
        double[,] epistemic,
        double[,] probability,
        IReadOnlyList<PlanePoint> points,
        AxisNames axes,
        ClassNames? names = null,
        string title = "Uncertainty of the prediction and its two parts")
    {
        FigureInput.RequireValues(grid, total, 0, MostOfTwoClasses, nameof(total));
        FigureInput.RequireValues(grid, aleatoric, 0, MostOfTwoClasses, nameof(aleatoric));
        FigureInput.RequireValues(grid, epistemic, 0, MostOfTwoClasses, nameof(epistemic));
        FigureInput.RequireValues(grid, probability, 0, 1, nameof(probability));
        FigureInput.RequirePoints(points, nameof(points));
        RequireSum(total, aleatoric, epistemic);
        names ??= ClassNames.Default;

        // One plot contains all three, side by side, so that they share a scale, a legend and a colour bar.
        double step = (1 + GapShare) * (grid.XMax - grid.XMin);
        PlaneGrid[] panels = [.. Titles.Select((_, index) => grid.MovedRight(index * step))];
        double high = PlaneMap.HighOf(total);
        using Plot plot = FigureStyle.NewPlot(title, axes);
        Heatmap map = PlaneMap.Fill(plot, panels[0], total, FigureColors.Sequential(), high);
        PlaneMap.Fill(plot, panels[1], aleatoric, FigureColors.Sequential(), high);
        PlaneMap.Fill(plot, panels[2], epistemic, FigureColors.Sequential(), high);
        PlaneMap.AddBoundary(plot, panels, probability, names);
        ClassMarkers.Add(
            plot,
            [.. panels.SelectMany((_, index) => points.Select(point => point with { X = point.X + index * step }))],
            names,
            FigureStyle.SmallMarkerSize,
            1);
        plot.Add.Plottable(new PanelFrames(panels));
        ShowPanels(plot, grid, panels, step);
        FigureStyle.AddColorBar(plot, map, "uncertainty (nats)", ColorTicks(high));
        FigureStyle.AddLegend(plot);
        FigureStyle.SavePng(plot, path, Width, Height);
    }

    private static void ShowPanels(Plot plot, PlaneGrid grid, PlaneGrid[] panels, double step)
    {
        plot.HideGrid();
        FigureStyle.ShowRange(plot, grid.XMin, panels[^1].XMax, grid.YMin, grid.YMax);
        Tick[] ticks = NumberTicks.Between(grid.XMin, grid.XMax, 6);
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. panels.SelectMany((_, index) => ticks.Select(tick => new Tick(tick.Position + index * step, tick.Label)))]);
        foreach (IAxis axis in plot.Axes.GetAxes())
            axis.FrameLineStyle.Width = 0;

        // The labels of the upper axis are the panels' titles.
        IXAxis titles = FigureStyle.ShowTopAxis(
            plot, "", [.. panels.Select((panel, index) => new Tick((panel.XMin + panel.XMax) / 2, Titles[index]))]);
        titles.TickLabelStyle.FontSize = FigureStyle.LabelSize;
        titles.TickLabelStyle.Bold = true;
        titles.MajorTickStyle.Length = 0;
    }

    /// <summary>Returns ticks at round numbers, and one at ln 2, the highest entropy of two classes, if the scale reaches it.</summary>
    private static Tick[] ColorTicks(double high)
    {
        Tick[] ticks = NumberTicks.Between(0, high, 6);
        return high < 0.995 * MostOfTwoClasses ? ticks : [.. ticks, new Tick(high, "ln 2")];
    }

    private static void RequireSum(double[,] total, double[,] aleatoric, double[,] epistemic)
    {
        for (int row = 0; row < total.GetLength(0); row++)
            for (int column = 0; column < total.GetLength(1); column++)
            {
                double sum = aleatoric[row, column] + epistemic[row, column];
                if (Math.Abs(sum - total[row, column]) > SumTolerance)
                    throw new ArgumentException(
                        FormattableString.Invariant(
                            $"total must be the sum of the two parts, but [{row}, {column}] is {total[row, column]}, not {sum}."),
                        nameof(total));
            }
    }
}
