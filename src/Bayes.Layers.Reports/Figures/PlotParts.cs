using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Reports.Figures;

/// <summary>Adds what several figures draw.</summary>
internal static class PlotParts
{
    /// <summary>Adds a dashed line in the colour of the axes, to compare with.</summary>
    public static void AddReference(this Plot plot, CoordinateLine place, float width, string name)
    {
        LinePlot line = plot.Add.Line(place);
        line.LineColor = FigureColors.Ink;
        line.LineWidth = width;
        line.LinePattern = LinePattern.Dashed;
        line.LegendText = name;
    }

    /// <summary>Adds a curve with markers.</summary>
    public static Scatter AddCurve(this Plot plot, IEnumerable<Coordinates> places, Color color, MarkerShape shape, LinePattern pattern, string name)
    {
        Scatter line = plot.Add.Scatter(places.ToArray());
        line.Color = color;
        line.LineWidth = FigureStyle.ContourWidth;
        line.LinePattern = pattern;
        line.MarkerShape = shape;
        line.MarkerSize = FigureStyle.SmallMarkerSize + 1;
        line.LegendText = name;
        return line;
    }

    /// <summary>Adds the area between two curves.</summary>
    public static FillY AddBand<T>(this Plot plot, IEnumerable<T> points, Func<T, (double X, double Low, double High)> edges, Color color)
    {
        FillY band = plot.Add.FillY(points.ToArray(), edges);
        band.FillColor = color;
        band.LineWidth = 0;
        band.MarkerSize = 0;
        return band;
    }

    /// <summary>Adds text; its alignment says where it lies relative to its place.</summary>
    public static void AddText(
        this Plot plot, string text, double x, double y, float size, Alignment alignment, bool isBold = false, Color? color = null)
    {
        Text label = plot.Add.Text(text, x, y);
        label.LabelFontSize = size;
        label.LabelFontName = EmbeddedFont.Name;
        label.LabelFontColor = color ?? FigureColors.Ink;
        label.LabelAlignment = alignment;
        label.LabelBold = isBold;
    }

    /// <summary>Shows percentages that are taken away at the lower axis, and at the upper one how many of all are left.</summary>
    public static void ShowShareTaken(this Plot plot, string leftName, long all)
    {
        Tick[] ticks = NumberTicks.Between(0, 100, 5);
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(ticks);
        FigureStyle.ShowTopAxis(plot, leftName, [.. ticks.Select(tick => new Tick(
            tick.Position, Math.Round(all * (1 - tick.Position / 100)).ToString("N0", CultureInfo.InvariantCulture)))]);
    }
}
