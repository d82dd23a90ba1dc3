using System.Globalization;
using Bayes.Layers.Reports.Figures;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Several numbers of several methods: a row for each method, and a panel with a scale of its own for each number.</summary>
internal static class MethodDotsFigure
{
    private const int WideWidth = 1000;
    private const int NarrowWidth = 420;
    private const int RowHeight = 24;
    private const int Above = 60;
    private const double GapShare = 0.22;

    // Panels beside each other on a narrow page, and rows of the height of a method between two rows of panels.
    private const int NarrowColumns = 2;
    private const int Between = 3;

    // Between the extreme values and the frame.
    private const double Inside = 0.08;
    private const double LeastRange = 1e-3;
    private const float TextSize = FigureStyle.TickSize;

    /// <summary>Returns the figure.</summary>
    /// <param name="methods">Names of the methods, from top to bottom, at least one.</param>
    /// <param name="panels">The numbers, at least one, each with a value for every method.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(IReadOnlyList<string> methods, IReadOnlyList<DotPanel> panels, string title)
    {
        Require(methods, panels);
        return new FigureDrawing(title, isNarrow =>
        {
            int columns = isNarrow ? Math.Min(NarrowColumns, panels.Count) : panels.Count, rows = (panels.Count + columns - 1) / columns;
            int step = methods.Count + Between;
            Plot plot = FigureStyle.NewPlot(new AxisNames("", ""));
            var frames = new List<PlaneGrid>();
            for (int index = 0; index < panels.Count; index++)
            {
                double left = index % columns * (1 + GapShare), bottom = (rows - 1 - index / columns) * step;
                frames.Add(new PlaneGrid(left, left + 1, bottom, bottom + methods.Count, 2, 2));
                AddPanel(plot, panels[index], frames[^1], methods.Count);
            }
            plot.HideGrid();
            plot.Axes.SetLimits(0, columns + (columns - 1) * GapShare, -1.2, rows * step - Between + 1.2);
            plot.Axes.Bottom.TickGenerator = new NumericManual();
            plot.Axes.Left.TickLabelStyle.FontSize = TextSize;
            FigureStyle.SetTicks(
                plot.Axes.Left,
                [.. Enumerable.Range(0, rows).SelectMany(row => methods.Select(
                    (name, method) => new Tick(row * step + Height(method, methods.Count), name)))]);
            foreach (IAxis axis in plot.Axes.GetAxes())
            {
                axis.FrameLineStyle.Width = 0;
                axis.MajorTickStyle.Color = Colors.Transparent;
            }
            plot.Add.Plottable(new PanelFrames(frames));
            return (plot, new FigureSize(isNarrow ? NarrowWidth : WideWidth, Above + rows * step * RowHeight));
        }, hasNarrow: true);
    }

    private static void AddPanel(Plot plot, DotPanel panel, PlaneGrid frame, int methods)
    {
        double?[] values = [.. panel.Values.Select(value => panel.IsLogarithmic && value is { } number ? Math.Log10(number) : value)];
        double[] known = [.. values.OfType<double>()];
        double low = known.Min(), high = known.Max(), range = Math.Max(high - low, LeastRange);
        (low, high) = (low - Inside * range, low + (1 + Inside) * range);
        double At(double value) => frame.XMin + (value - low) / (high - low);
        for (int row = 0; row < methods; row++)
        {
            double height = frame.YMin + Height(row, methods);
            LinePlot guide = plot.Add.Line(new CoordinateLine(frame.XMin, height, frame.XMax, height));
            guide.LineColor = FigureColors.GridLine;
            guide.LineWidth = FigureStyle.FrameWidth;
        }
        plot.Add.Plottable(new Dots(
            [
                .. values.Index().Where(each => each.Item is not null)
                    .Select(each => new Coordinates(At(each.Item!.Value), frame.YMin + Height(each.Index, methods))),
            ],
            "", FigureColors.OfSeries(0), FigureStyle.MarkerSize));
        plot.AddText(panel.Title, (frame.XMin + frame.XMax) / 2, frame.YMax + 0.1, TextSize, Alignment.LowerCenter, isBold: true);
        foreach (Tick tick in panel.IsLogarithmic ? LogarithmicTicks(low, high) : NumberTicks.Between(low, high, 2))
        {
            LinePlot mark = plot.Add.Line(new CoordinateLine(At(tick.Position), frame.YMin, At(tick.Position), frame.YMin - 0.15));
            mark.LineColor = FigureColors.Muted;
            mark.LineWidth = FigureStyle.FrameWidth;
            plot.AddText(tick.Label, At(tick.Position), frame.YMin - 0.2, TextSize, Alignment.UpperCenter);
        }
    }

    // Of 1, 2 and 5 times powers of ten the powers alone, if there are enough of them.
    private static Tick[] LogarithmicTicks(double low, double high)
    {
        Tick[] all =
        [
            .. from power in Enumerable.Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1)
               from lead in new[] { 1, 2, 5 }
               let value = lead * Math.Pow(10, power)
               where Math.Log10(value) >= low && Math.Log10(value) <= high
               select new Tick(Math.Log10(value), value.ToString("0.####", CultureInfo.InvariantCulture), isMajor: lead == 1),
        ];
        Tick[] powers = [.. all.Where(tick => tick.IsMajor)];
        return powers.Length >= 2 ? powers : all.Length <= 3 ? all : [.. all.Where((_, index) => index % 2 == 0)];
    }

    private static double Height(int row, int methods) => methods - row - 0.5;

    private static void Require(IReadOnlyList<string> methods, IReadOnlyList<DotPanel> panels)
    {
        if (methods.Count == 0 || panels.Count == 0)
            throw new ArgumentException(
                $"There are {methods.Count} methods and {panels.Count} numbers; expected at least one of each.", nameof(panels));
        foreach (var panel in panels)
        {
            if (panel.Values.Count != methods.Count)
                throw new ArgumentException(
                    $"'{panel.Title}' has {panel.Values.Count} values; expected one for each of {methods.Count} methods.", nameof(panels));
            double[] known = [.. panel.Values.OfType<double>()];
            if (known.Length == 0 || !known.All(double.IsFinite) || panel.IsLogarithmic && !known.All(value => value > 0))
                throw new ArgumentException(
                    $"'{panel.Title}' must have at least one value, all of them finite{(panel.IsLogarithmic ? " and above 0" : "")}.",
                    nameof(panels));
        }
    }
}
