using Bayes.Layers.Samples.Support.Running;
using ScottPlot;
using ScottPlot.Panels;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The common look of all figures: font, sizes and line widths. Makes the plot of a figure and writes it.</summary>
internal static class FigureStyle
{
    /// <summary>Width of a figure in pixels.</summary>
    public const int Width = 1400;

    /// <summary>Height of a figure in pixels.</summary>
    public const int Height = 1100;

    /// <summary>Size of markers in pixels if there are few.</summary>
    public const float MarkerSize = 22;

    /// <summary>Size of markers in pixels if there are hundreds.</summary>
    public const float SmallMarkerSize = 18;

    /// <summary>Width of a marker's edge as a share of the marker's size.</summary>
    public const float MarkerEdgeShare = 0.1f;

    /// <summary>Width of a contour in pixels.</summary>
    public const float ContourWidth = 5;

    /// <summary>Width of the frames of plots and colour bars in pixels.</summary>
    public const float FrameWidth = 2.5f;

    /// <summary>Font size of the numbers in the confusion matrix.</summary>
    public const float CountSize = 64;

    /// <summary>Font size of axis labels, and of the percentages in the confusion matrix.</summary>
    public const float LabelSize = 34;

    private const float TitleSize = 38;
    private const float TickSize = 30;
    private const float LegendSize = 30;
    private const float TickLength = 10;
    private const float UprightAxisGap = 30;

    /// <summary>Returns an empty plot in the common style, with its title and axis labels.</summary>
    public static Plot NewPlot(string title, AxisNames axes)
    {
        EmbeddedFont.MakeDefault();
        var plot = new Plot();
        plot.FigureBackground.Color = FigureColors.Paper;
        plot.DataBackground.Color = FigureColors.Paper;
        plot.Axes.Title.Label.Text = title;
        plot.Axes.Title.Label.FontSize = TitleSize;
        plot.Axes.Title.Label.Bold = true;
        plot.Axes.Title.Label.ForeColor = FigureColors.Ink;
        plot.Axes.Bottom.Label.Text = axes.X;
        plot.Axes.Left.Label.Text = axes.Y;
        foreach (IAxis axis in plot.Axes.GetAxes())
            StyleAxis(axis);
        plot.Grid.MajorLineColor = FigureColors.GridLine;
        plot.Grid.MajorLineWidth = 1.5f;
        plot.Axes.Right.MinimumSize = 30;
        return plot;
    }

    /// <summary>Sets the range that the plot shows, with ticks at round numbers.</summary>
    public static void ShowRange(Plot plot, double xMin, double xMax, double yMin, double yMax)
    {
        plot.Axes.SetLimits(xMin, xMax, yMin, yMax);
        plot.Axes.Bottom.TickGenerator = new NumericManual(NumberTicks.Between(xMin, xMax, 7));
        SetTicks(plot.Axes.Left, NumberTicks.Between(yMin, yMax, 7));
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
        var bar = new ColorBar(source, Edge.Right) { Width = 44, Label = label };
        StyleAxis(bar.Axis);
        SetTicks(bar.Axis, ticks);
        plot.Axes.AddPanel(new FramedColorBar(bar));
    }

    /// <summary>Adds a legend below the plot, where it hides no data, if anything in the plot has a name.</summary>
    public static void AddLegend(Plot plot)
    {
        if (!plot.PlottableList.Any(plottable => plottable.LegendItems.Any()))
            return;
        LegendPanel panel = plot.ShowLegend(Edge.Bottom);
        panel.Alignment = Alignment.MiddleCenter;
        Legend legend = panel.Legend;
        legend.Orientation = Orientation.Horizontal;
        legend.FontSize = LegendSize;
        legend.FontColor = FigureColors.Ink;
        legend.OutlineWidth = 0;
        legend.ShadowColor = Colors.Transparent;
        legend.BackgroundColor = FigureColors.Paper;
        legend.TightHorizontalWrapping = true;
        legend.SymbolWidth = 50;
        legend.SymbolPadding = 12;
        legend.InterItemPadding = new PixelPadding(24, 24, 4, 4);
    }

    /// <summary>Draws the plot and writes it as a PNG file.</summary>
    public static void SavePng(Plot plot, string path, int width = Width, int height = Height)
    {
        var size = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using SKSurface surface = SKSurface.Create(size);
        plot.Render(surface.Canvas, width, height);
        using SKPixmap? pixels = surface.PeekPixels();
        using SKData? png = pixels?.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.Sub, 6));
        if (png is null)
            throw new InvalidOperationException("Skia could not encode the figure.");
        WholeFile.Write(path, png.ToArray());
    }

    /// <summary>Sets the ticks of a vertical axis, and the room that they need.</summary>
    public static void SetTicks(IAxis axis, Tick[] ticks)
    {
        axis.TickGenerator = new NumericManual(ticks);

        // ScottPlot leaves no gap between the numbers and the label of a vertical axis.
        using Paint paint = Paint.NewDisposablePaint();
        float widest = ticks.Max(tick => axis.TickLabelStyle.Measure(tick.Label, paint).Width);
        axis.MinimumSize = TickLength + widest + axis.Label.Measure(paint).Height + UprightAxisGap;
    }

    private static void StyleAxis(IAxis axis)
    {
        axis.Label.FontSize = LabelSize;
        axis.Label.Bold = false;
        axis.Label.ForeColor = FigureColors.Ink;
        axis.TickLabelStyle.FontSize = TickSize;
        axis.TickLabelStyle.ForeColor = FigureColors.Ink;
        axis.FrameLineStyle.Width = FrameWidth;
        axis.FrameLineStyle.Color = FigureColors.Ink;
        axis.MajorTickStyle.Length = TickLength;
        axis.MajorTickStyle.Width = FrameWidth;
        axis.MajorTickStyle.Color = FigureColors.Ink;
        axis.MinorTickStyle.Length = 0;
    }
}
