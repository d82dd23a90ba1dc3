using Bayes.Layers.Evaluation;
using ScottPlot;

namespace Bayes.Layers.Reports.Figures;

/// <summary>The calibration of a regression: the share of targets below the predicted quantile of each level, against the level.</summary>
internal static class QuantileFigure
{
    private const double Margin = 0.03;

    /// <summary>Returns the figure.</summary>
    /// <param name="points">The points, lowest level first.</param>
    /// <param name="count">The number of targets, for the intervals.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(IReadOnlyList<CoveragePoint> points, long count, string title) => new(title, () =>
    {
        Plot plot = FigureStyle.NewPlot(new AxisNames("predicted quantile", "share of targets below it"));
        FigureStyle.ShowRange(plot, -Margin, 1 + Margin, -Margin, 1 + Margin);
        plot.AddBand(
            points, point => WilsonInterval.Of(point.Observed, count).At(point.Expected), FigureColors.OfSeries(0).WithAlpha(0.2));
        plot.AddReference(new CoordinateLine(0, 0, 1, 1), FigureStyle.ContourWidth - 0.5f, "calibrated");
        plot.AddCurve(
            points.Select(point => new Coordinates(point.Expected, point.Observed)), FigureColors.OfSeries(0), MarkerShape.FilledCircle,
            LinePattern.Solid, FormattableString.Invariant($"observed, {100 * WilsonInterval.Coverage:0} % interval"));
        FigureStyle.AddLegend(plot);
        return plot;
    });
}
