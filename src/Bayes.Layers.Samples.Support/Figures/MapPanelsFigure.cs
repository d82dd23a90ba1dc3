using Bayes.Layers.Reports.Figures;
using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Several maps over the plane, in panels with one colour scale, each with its decision boundary and the examples.</summary>
internal static class MapPanelsFigure
{
    private const int Beside = 150;
    private const double Ratio = 1.05;

    /// <summary>Returns the figure.</summary>
    /// <param name="grid">The grid of the maps.</param>
    /// <param name="maps">The maps, at least one.</param>
    /// <param name="points">Examples, drawn on every map.</param>
    /// <param name="axes">The axes' labels.</param>
    /// <param name="scale">The name of the values.</param>
    /// <param name="title">The title above all.</param>
    /// <param name="names">The classes' names.</param>
    public static FigureDrawing Draw(
        PlaneGrid grid, IReadOnlyList<MapPanel> maps, IReadOnlyList<PlanePoint> points, AxisNames axes, string scale, string title,
        ClassNames? names = null)
    {
        if (maps.Count == 0)
            throw new ArgumentException("There is no map to draw.", nameof(maps));
        foreach (var map in maps)
        {
            PlaneInput.RequireValues(grid, map.Values, 0, double.MaxValue, nameof(maps));
            PlaneInput.RequireValues(grid, map.Probability, 0, 1, nameof(maps));
        }
        PlaneInput.RequirePoints(points, nameof(points));
        names ??= ClassNames.Default;
        double high = maps.Max(map => PlaneMap.HighOf(map.Values));
        return new FigureDrawing(title, isNarrow =>
        {
            var panels = new PanelGrid(grid, maps.Count, isNarrow);
            Plot plot = FigureStyle.NewPlot(axes);
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
                names, panels.Columns > 1 ? PlaneMap.SmallDot : PlaneMap.Dot);
            panels.Show(plot, [.. maps.Select(map => map.Title)]);
            FigureStyle.AddColorBar(plot, first!, scale, ColorTicks(high));
            return (plot, panels.AddLegend(plot, Beside, Ratio));
        }, hasNarrow: maps.Count > 1);
    }

    // Ticks at round numbers, and one at ln 2, the highest entropy of two classes, if the scale just reaches it.
    private static Tick[] ColorTicks(double high)
    {
        double most = Math.Log(2);
        Tick[] ticks = NumberTicks.Between(0, high, 5);
        return high < 0.995 * most || high > most + 1e-6 ? ticks : [.. ticks.Where(tick => tick.Position < 0.96 * most), new Tick(high, "ln 2")];
    }
}
