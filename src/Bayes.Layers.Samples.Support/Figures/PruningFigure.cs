using System.Globalization;
using Bayes.Layers.Conversion;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Accuracy against the share of weights that are set to 0, those of the lowest signal-to-noise ratio first.</summary>
internal static class PruningFigure
{
    private const double SideMargin = 2;
    private const double TopMargin = 0.04;
    private const double BandOpacity = 0.15;

    /// <summary>Writes the figure as a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="points">Accuracies from sparsity 0 upwards.</param>
    /// <param name="examples">How many examples the accuracies are of.</param>
    /// <param name="title">The title.</param>
    public static void Save(string path, IReadOnlyList<PruningPoint> points, long examples, string title)
    {
        RequirePoints(points);
        using Plot plot = FigureStyle.NewPlot(
            title, new AxisNames("weights set to 0 (%)", FormattableString.Invariant($"accuracy, {100 * WilsonInterval.Coverage:0} % interval")));
        FigureStyle.ShowRange(plot, -SideMargin, 100 + SideMargin, -TopMargin, 1 + TopMargin);
        FigureStyle.SetTicks(plot.Axes.Left, NumberTicks.Between(0, 1, 5));
        Tick[] ticks = NumberTicks.Between(0, 100, 5);
        plot.Axes.Bottom.TickGenerator = new NumericManual(ticks);
        FigureStyle.ShowTopAxis(plot, "weights left", [.. ticks.Select(tick => new Tick(
            tick.Position, Math.Round(points[0].Count * (1 - tick.Position / 100)).ToString("N0", CultureInfo.InvariantCulture)))]);

        FillY band = plot.Add.FillY(points.ToArray(), point =>
        {
            WilsonInterval interval = WilsonInterval.Of(point.Value, examples);
            return (100 * point.Sparsity, interval.Low, interval.High);
        });
        band.FillColor = FigureColors.OfSeries(0).WithAlpha(BandOpacity);
        band.LineWidth = 0;
        band.MarkerSize = 0;
        LinePlot plain = plot.Add.Line(0, points[0].Value, 100, points[0].Value);
        plain.LineColor = FigureColors.Ink;
        plain.LineWidth = FigureStyle.FrameWidth;
        plain.LinePattern = LinePattern.Dashed;
        plain.LegendText = FormattableString.Invariant($"nothing pruned: {points[0].Value:0.000}");
        Scatter line = plot.Add.Scatter(points.Select(point => new Coordinates(100 * point.Sparsity, point.Value)).ToArray());
        line.Color = FigureColors.OfSeries(0);
        line.LineWidth = FigureStyle.ContourWidth;
        line.MarkerShape = MarkerShape.FilledCircle;
        line.MarkerSize = FigureStyle.SmallMarkerSize;
        line.LegendText = "pruned by signal-to-noise";
        FigureStyle.AddLegend(plot);
        FigureStyle.SavePng(plot, path);
    }

    private static void RequirePoints(IReadOnlyList<PruningPoint> points)
    {
        if (points.Count == 0 || points[0].Sparsity != 0)
            throw new ArgumentException("The curve must begin where nothing is pruned.", nameof(points));
        for (int index = 0; index < points.Count; index++)
        {
            PruningPoint point = points[index];
            bool isNext = index == 0 || point.Sparsity > points[index - 1].Sparsity;
            if (!isNext || point.Sparsity > 1 || point.Value is not (>= 0 and <= 1))
                throw new ArgumentException($"The points must go from left to right and hold accuracies in 0 to 1, but point {index} is {point}.", nameof(points));
        }
    }
}
