using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Several numbers of several methods: a row for each method, and a panel with a scale of its own for each number.</summary>
internal static class MethodDotsFigure
{
    private const int PanelWidth = 290;
    private const int RowHeight = 70;
    private const int Beside = 480;
    private const int Above = 260;
    private const double GapShare = 0.2;

    // Between the extreme values and the frame.
    private const double Inside = 0.08;
    private const double LeastRange = 1e-3;
    private const float TitleSize = 24;
    private const float TickSize = 22;

    /// <summary>Writes the figure as a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="methods">Names of the methods, from top to bottom, at least one.</param>
    /// <param name="panels">The numbers, at least one, each with a value for every method.</param>
    /// <param name="title">The title.</param>
    public static void Save(string path, IReadOnlyList<string> methods, IReadOnlyList<DotPanel> panels, string title)
    {
        Require(methods, panels);
        using Plot plot = FigureStyle.NewPlot(title, new AxisNames("", ""));
        var frames = new List<PlaneGrid>();
        var ticks = new List<Tick>();
        for (int index = 0; index < panels.Count; index++)
        {
            double left = index * (1 + GapShare);
            frames.Add(new PlaneGrid(left, left + 1, 0, methods.Count, 2, 2));
            ticks.AddRange(AddPanel(plot, panels[index], left, methods.Count));
        }
        plot.HideGrid();
        FigureStyle.ShowRange(plot, 0, frames[^1].XMax, 0, methods.Count);
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. ticks]);
        plot.Axes.Bottom.TickLabelStyle.FontSize = TickSize;
        FigureStyle.SetTicks(plot.Axes.Left, [.. methods.Select((name, row) => new Tick(Height(row, methods.Count), name))]);
        foreach (IAxis axis in plot.Axes.GetAxes())
            axis.FrameLineStyle.Width = 0;
        IXAxis titles = FigureStyle.ShowTopAxis(
            plot, "", [.. frames.Zip(panels, (frame, panel) => new Tick((frame.XMin + frame.XMax) / 2, panel.Title))]);
        titles.TickLabelStyle.FontSize = TitleSize;
        titles.TickLabelStyle.Bold = true;
        titles.MajorTickStyle.Length = 0;
        plot.Add.Plottable(new PanelFrames(frames));
        FigureStyle.SavePng(plot, path, Beside + panels.Count * PanelWidth, Above + methods.Count * RowHeight);
    }

    // Returns the ticks of the panel's scale.
    private static IEnumerable<Tick> AddPanel(Plot plot, DotPanel panel, double left, int methods)
    {
        double?[] values = [.. panel.Values.Select(value => panel.IsLogarithmic && value is { } number ? Math.Log10(number) : value)];
        double[] known = [.. values.OfType<double>()];
        double low = known.Min(), high = known.Max(), range = Math.Max(high - low, LeastRange);
        (low, high) = (low - Inside * range, low + (1 + Inside) * range);
        double At(double value) => left + (value - low) / (high - low);
        for (int row = 0; row < methods; row++)
        {
            double height = Height(row, methods);
            LinePlot guide = plot.Add.Line(new CoordinateLine(left, height, left + 1, height));
            guide.LineColor = FigureColors.GridLine;
            guide.LineWidth = 1.5f;
        }
        Coordinates[] places =
        [
            .. values.Index().Where(each => each.Item is not null)
                .Select(each => new Coordinates(At(each.Item!.Value), Height(each.Index, methods))),
        ];
        Markers dots = plot.Add.Markers(places);
        dots.MarkerShape = MarkerShape.FilledCircle;
        dots.MarkerSize = FigureStyle.SmallMarkerSize;
        dots.MarkerStyle.FillColor = FigureColors.OfSeries(0);
        dots.MarkerStyle.OutlineWidth = 0;
        return panel.IsLogarithmic
            ? LogarithmicTicks(low, high).Select(tick => new Tick(At(tick.Position), tick.Label))
            : NumberTicks.Between(low, high, 4).Select(tick => new Tick(At(tick.Position), tick.Label));
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
