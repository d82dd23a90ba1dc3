using Bayes.Layers.Reports.Figures;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Places panels of one range in rows and columns of one plot, so that all share its scales, legend and colour bar.</summary>
internal sealed class PanelGrid
{
    private const double GapShare = 0.08;

    // Room for the title above a panel, as a share of its height; more above the small panels of a narrow page.
    private const double TitleShare = 0.18;
    private const double SmallTitleShare = 0.26;

    private const int WideWidth = 900;
    private const int NarrowWidth = 420;
    private const float TitleSize = 15;

    // Height of the horizontal axis.
    private const int Below = 60;

    private readonly PlaneGrid _first;
    private readonly int _width;
    private readonly int _rows;
    private readonly double _right;
    private readonly double _titleShare;
    private readonly double _up;

    /// <summary>Creates a grid of panels.</summary>
    /// <param name="range">The range of every panel.</param>
    /// <param name="count">Number of panels, at least 1.</param>
    /// <param name="isNarrow">Whether the panels lie in one column, or in two if there are many.</param>
    public PanelGrid(PlaneGrid range, int count, bool isNarrow)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Columns = (isNarrow, count) switch
        {
            (true, <= 3) => 1,
            (true, _) => 2,
            (false, <= 3) => count,
            (false, 4) => 2,
            (false, <= 9) => 3,
            _ => 4,
        };
        _width = isNarrow ? NarrowWidth : WideWidth;
        _rows = (count + Columns - 1) / Columns;
        _first = range;
        _right = (1 + GapShare) * (range.XMax - range.XMin);
        _titleShare = isNarrow && Columns > 1 ? SmallTitleShare : TitleShare;
        _up = (1 + _titleShare) * (range.YMax - range.YMin);
        Panels = [.. Enumerable.Range(0, count).Select(index => Moved(range, Offset(index)))];
    }

    /// <summary>Number of panels in a row.</summary>
    public int Columns { get; }

    /// <summary>Number of rows.</summary>
    public int Rows => _rows;

    /// <summary>The range of each panel in the plot, row by row from the top.</summary>
    public IReadOnlyList<PlaneGrid> Panels { get; }

    /// <summary>Returns how far a panel lies from the range.</summary>
    public (double X, double Y) Offset(int index) => (index % Columns * _right, (_rows - 1 - index / Columns) * _up);

    /// <summary>Adds a legend, and returns the size of the figure.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="beside">Width that axes and a colour bar take.</param>
    /// <param name="ratio">Height of a panel relative to its width.</param>
    public FigureSize AddLegend(Plot plot, int beside, double ratio)
    {
        FigureStyle.AddLegend(plot, _width - beside);
        return new FigureSize(_width, (int)(Below + FigureStyle.HeightOfLegend(plot) + _rows * ratio * (_width - beside) / Columns));
    }

    /// <summary>Shows the panels' frames, titles and ticks.</summary>
    public void Show(Plot plot, IReadOnlyList<string> titles)
    {
        plot.HideGrid();
        double top = _first.YMax + (_rows - 1) * _up;
        FigureStyle.ShowRange(
            plot, _first.XMin, _first.XMax + (Columns - 1) * _right, _first.YMin, top + _titleShare * (_first.YMax - _first.YMin));
        Tick[] x = NumberTicks.Between(_first.XMin, _first.XMax, Columns > 2 || _width == NarrowWidth && Columns == 2 ? 3 : 5);
        Tick[] y = NumberTicks.Between(_first.YMin, _first.YMax, 4);
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. Enumerable.Range(0, Columns).SelectMany(column => x.Select(tick => new Tick(tick.Position + column * _right, tick.Label)))]);
        FigureStyle.SetTicks(
            plot.Axes.Left,
            [.. Enumerable.Range(0, _rows).SelectMany(row => y.Select(tick => new Tick(tick.Position + row * _up, tick.Label)))]);
        foreach (IAxis axis in plot.Axes.GetAxes())
            axis.FrameLineStyle.Width = 0;
        plot.Add.Plottable(new PanelFrames(Panels));
        for (int index = 0; index < Panels.Count; index++)
            plot.AddText(
                titles[index], (Panels[index].XMin + Panels[index].XMax) / 2, Panels[index].YMax + 0.02 * _up, TitleSize, Alignment.LowerCenter,
                isBold: true);
    }

    private static PlaneGrid Moved(PlaneGrid range, (double X, double Y) offset) => new(
        range.XMin + offset.X, range.XMax + offset.X, range.YMin + offset.Y, range.YMax + offset.Y, range.Columns, range.Rows);
}
