using Bayes.Layers.Conversion;
using Bayes.Layers.Reports.Figures;
using ScottPlot;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Accuracy against the share of weights that are set to 0, those of the lowest signal-to-noise ratio first.</summary>
internal static class PruningFigure
{
    private const double SideMargin = 2;
    private const double TopMargin = 0.04;
    private const double BandOpacity = 0.15;

    /// <summary>Returns the figure.</summary>
    /// <param name="points">Accuracies in the order of sparsity, from 0.</param>
    /// <param name="examples">Number of examples that the accuracies were computed from.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(IReadOnlyList<PruningPoint> points, long examples, string title)
    {
        RequirePoints(points);
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(
                new AxisNames("weights set to 0 (%)", FormattableString.Invariant($"accuracy, {100 * WilsonInterval.Coverage:0} % interval")));
            FigureStyle.ShowRange(plot, -SideMargin, 100 + SideMargin, -TopMargin, 1 + TopMargin);
            FigureStyle.SetTicks(plot.Axes.Left, NumberTicks.Between(0, 1, 5));
            plot.ShowShareTaken("weights left", points[0].Count);
            plot.AddBand(
                points, point => WilsonInterval.Of(point.Value, examples).At(100 * point.Sparsity), FigureColors.OfSeries(0).WithAlpha(BandOpacity));
            plot.AddReference(
                new CoordinateLine(0, points[0].Value, 100, points[0].Value), FigureStyle.FrameWidth,
                FormattableString.Invariant($"nothing pruned: {points[0].Value:0.000}"));
            plot.AddCurve(
                points.Select(point => new Coordinates(100 * point.Sparsity, point.Value)), FigureColors.OfSeries(0), MarkerShape.FilledCircle,
                LinePattern.Solid, "pruned by signal-to-noise");
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }

    private static void RequirePoints(IReadOnlyList<PruningPoint> points)
    {
        if (points.Count == 0 || points[0].Sparsity != 0)
            throw new ArgumentException("The curve must begin where nothing is pruned.", nameof(points));
        FigureInput.RequireRising(
            points, point => point.Sparsity, point => point.Sparsity <= 1 && point.Value is >= 0 and <= 1,
            "The points must go from left to right and hold accuracies in 0 to 1", nameof(points));
    }
}
