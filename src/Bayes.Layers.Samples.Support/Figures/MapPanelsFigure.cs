using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The epistemic uncertainty of several methods over the plane, in panels with one colour scale, and each one's decision boundary.</summary>
internal static class MapPanelsFigure
{
    private const int PanelWidth = 520;
    private const int PanelHeight = 440;
    private const int Beside = 330;
    private const int Above = 330;
    private const float TitleSize = 30;
    private const float MarkerSize = 12;

    /// <summary>Writes the figure as a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="grid">The grid of the maps.</param>
    /// <param name="maps">The maps, at least one.</param>
    /// <param name="points">Examples, drawn on every map.</param>
    /// <param name="axes">The axes' labels.</param>
    /// <param name="title">The title above all.</param>
    /// <param name="names">The classes' names.</param>
    public static void Save(
        string path, PlaneGrid grid, IReadOnlyList<MapPanel> maps, IReadOnlyList<PlanePoint> points, AxisNames axes, string title,
        ClassNames? names = null)
    {
        if (maps.Count == 0)
            throw new ArgumentException("There is no map to draw.", nameof(maps));
        foreach (var map in maps)
        {
            FigureInput.RequireValues(grid, map.Values, 0, double.MaxValue, nameof(maps));
            FigureInput.RequireValues(grid, map.Probability, 0, 1, nameof(maps));
        }
        FigureInput.RequirePoints(points, nameof(points));
        names ??= ClassNames.Default;
        var panels = new PanelGrid(grid, maps.Count);
        double high = maps.Max(map => PlaneMap.HighOf(map.Values));
        using Plot plot = FigureStyle.NewPlot(title, axes);
        Heatmap? first = null;
        for (int index = 0; index < maps.Count; index++)
        {
            var filled = PlaneMap.Fill(plot, panels.Panels[index], maps[index].Values, FigureColors.Sequential(), high);
            first ??= filled;
        }
        PlaneMap.AddBoundaries(plot, [.. panels.Panels.Zip(maps, (panel, map) => (panel, map.Probability))], names);
        ClassMarkers.Add(
            plot,
            [.. maps.SelectMany((_, index) => points.Select(
                point => point with { X = point.X + panels.Offset(index).X, Y = point.Y + panels.Offset(index).Y }))],
            names, MarkerSize, 1);
        panels.Show(plot, [.. maps.Select(map => map.Title)], TitleSize);
        FigureStyle.AddColorBar(plot, first!, "epistemic uncertainty (nats)", NumberTicks.Between(0, high, 6));
        FigureStyle.AddLegend(plot);
        FigureStyle.SavePng(plot, path, Beside + panels.Columns * PanelWidth, Above + panels.Rows * PanelHeight);
    }
}
