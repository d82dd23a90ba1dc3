using ScottPlot;
using ScottPlot.Panels;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Reports.Figures;

/// <summary>The common look of all figures: font, sizes and line widths, in units (<see cref="FigureSize"/>).</summary>
internal static class FigureStyle
{
    /// <summary>Width of a figure with one plot.</summary>
    public const int Width = 440;

    /// <summary>Height of a figure with one plot, without its legend.</summary>
    public const int Height = 300;

    /// <summary>Size of markers if there are few.</summary>
    public const float MarkerSize = 8;

    /// <summary>Size of markers if there are hundreds.</summary>
    public const float SmallMarkerSize = 5;

    /// <summary>Width of a marker's edge as a share of the marker's size.</summary>
    public const float MarkerEdgeShare = 0.12f;

    /// <summary>Width of curves and contours.</summary>
    public const float ContourWidth = 2;

    /// <summary>Width of the frames of plots and colour bars.</summary>
    public const float FrameWidth = 1;

    /// <summary>Font size of axis labels.</summary>
    public const float LabelSize = 15;

    /// <summary>Font size of ticks, legends and all small text: on a phone still 11 pixels.</summary>
    public const float TickSize = 14;

    private const float TitleSize = 17;
    private const float TickLength = 4;
    private const float UprightAxisGap = 14;
    private const float ColorBarWidth = 14;

    // Of a legend: the width of a row, what an item takes beside its text, and heights.
    private const float LegendWidth = 350;
    private const float LegendItemRoom = 49;
    private const int LegendGap = 18;
    private const int LegendRow = 24;

    /// <summary>Returns an empty plot in the common style, with its axis labels and without a title.</summary>
    public static Plot NewPlot(AxisNames axes)
    {
        EmbeddedFont.Register();
        var plot = new Plot();
        plot.FigureBackground.Color = Colors.Transparent;
        plot.DataBackground.Color = Colors.Transparent;
        plot.Axes.Bottom.Label.Text = axes.X;
        plot.Axes.Left.Label.Text = axes.Y;
        foreach (IAxis axis in plot.Axes.GetAxes())
            StyleAxis(axis);
        plot.Grid.MajorLineColor = FigureColors.GridLine;
        plot.Grid.MajorLineWidth = FrameWidth;
        plot.Axes.Right.MinimumSize = 14;
        return plot;
    }

    /// <summary>Shows a title above the plot.</summary>
    public static void ShowTitle(Plot plot, string title)
    {
        plot.Axes.Title.Label.Text = title;
        plot.Axes.Title.Label.FontSize = TitleSize;
        plot.Axes.Title.Label.FontName = EmbeddedFont.Name;
        plot.Axes.Title.Label.Bold = true;
        plot.Axes.Title.Label.ForeColor = FigureColors.Ink;
    }

    /// <summary>Sets the range that the plot shows, with ticks at round numbers.</summary>
    public static void ShowRange(Plot plot, double xMin, double xMax, double yMin, double yMax)
    {
        plot.Axes.SetLimits(xMin, xMax, yMin, yMax);
        plot.Axes.Bottom.TickGenerator = new NumericManual(NumberTicks.Between(xMin, xMax, 6));
        SetTicks(plot.Axes.Left, NumberTicks.Between(yMin, yMax, 6));
    }

    /// <summary>Shows the upper axis, over the same range as the lower one, with a label, ticks or both.</summary>
    public static IXAxis ShowTopAxis(Plot plot, string label, Tick[] ticks)
    {
        IXAxis top = plot.Axes.Top;
        top.Label.Text = label;

        // ScottPlot would draw the label above the room reserved for it, over the title.
        using Paint paint = Paint.NewDisposablePaint();
        top.Label.OffsetY = top.Label.Measure(paint).Height;
        top.TickGenerator = new NumericManual(ticks);
        plot.Axes.SetLimitsX(plot.Axes.Bottom.Min, plot.Axes.Bottom.Max, top);
        return top;
    }

    /// <summary>Adds a labelled colour bar at the right.</summary>
    public static void AddColorBar(Plot plot, IHasColorAxis source, string label, Tick[] ticks)
    {
        var bar = new ColorBar(source, Edge.Right) { Width = ColorBarWidth, Label = label };
        StyleAxis(bar.Axis);
        SetTicks(bar.Axis, ticks);
        plot.Axes.AddPanel(new FramedColorBar(bar));
    }

    /// <summary>Adds a legend below the plot, where it hides no data, if anything in the plot has a name.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="width">The width of a row.</param>
    public static void AddLegend(Plot plot, float width = LegendWidth)
    {
        if (!plot.PlottableList.Any(plottable => plottable.LegendItems.Any()))
            return;
        LegendPanel panel = plot.ShowLegend(Edge.Bottom);
        panel.Alignment = Alignment.MiddleCenter;
        Legend legend = panel.Legend;
        legend.Orientation = Orientation.Horizontal;
        legend.FontSize = TickSize;
        legend.FontName = EmbeddedFont.Name;
        legend.FontColor = FigureColors.Ink;
        legend.OutlineWidth = 0;
        legend.ShadowColor = Colors.Transparent;
        legend.BackgroundColor = Colors.Transparent;
        legend.TightHorizontalWrapping = true;
        legend.SymbolWidth = 26;
        legend.Padding = new PixelPadding(4, 12, 4, 4);
        legend.SymbolPadding = 5;
        legend.InterItemPadding = new PixelPadding(9, 9, 2, 2);

        // ScottPlot measures a legend as if all of it had room in one row.
        panel.MinimumSize = panel.MaximumSize = LegendGap + LegendRow * RowsOfLegend(plot, width);
    }

    /// <summary>Returns the height of the plot's legend; 0 without one.</summary>
    public static int HeightOfLegend(Plot plot) => (int)plot.Axes.GetPanels().OfType<LegendPanel>().Sum(panel => panel.MinimumSize);

    /// <summary>Sets the ticks of a vertical axis, and the room that they need.</summary>
    public static void SetTicks(IAxis axis, Tick[] ticks)
    {
        axis.TickGenerator = new NumericManual(ticks);

        // ScottPlot leaves no gap between the numbers and the label of a vertical axis.
        using Paint paint = Paint.NewDisposablePaint();
        float widest = ticks.Length == 0 ? 0 : ticks.Max(tick => axis.TickLabelStyle.Measure(tick.Label, paint).Width);
        axis.MinimumSize = TickLength + widest + axis.Label.Measure(paint).Height + UprightAxisGap;
    }

    private static int RowsOfLegend(Plot plot, float width)
    {
        float used = 0;
        int rows = 1;
        foreach (LegendItem item in plot.PlottableList.SelectMany(plottable => plottable.LegendItems).Where(item => item.LabelText.Length > 0))
        {
            float own = EmbeddedFont.Measure(item.LabelText, TickSize, isBold: false) + LegendItemRoom;
            if (used > 0 && used + own > width)
            {
                rows++;
                used = 0;
            }
            used += own;
        }
        return rows;
    }

    private static void StyleAxis(IAxis axis)
    {
        axis.Label.FontSize = LabelSize;
        axis.Label.FontName = EmbeddedFont.Name;
        axis.Label.Bold = false;
        axis.Label.ForeColor = FigureColors.Ink;
        axis.TickLabelStyle.FontSize = TickSize;
        axis.TickLabelStyle.FontName = EmbeddedFont.Name;
        axis.TickLabelStyle.ForeColor = FigureColors.Ink;
        axis.FrameLineStyle.Width = FrameWidth;
        axis.FrameLineStyle.Color = FigureColors.Muted;
        axis.MajorTickStyle.Length = TickLength;
        axis.MajorTickStyle.Width = FrameWidth;
        axis.MajorTickStyle.Color = FigureColors.Muted;
        axis.MinorTickStyle.Length = 0;
    }
}
