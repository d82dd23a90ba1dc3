using Bayes.Layers.Evaluation;
using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The accuracy on the remaining examples when the least certain ones are set aside, for one or more kinds of uncertainty.</summary>
/// <remarks>
/// An uncertainty that predicts errors makes the curve rise. At the far right so few examples are left that a single one changes the accuracy a
/// lot. The curves end before that, and the upper axis shows how many examples are left.
/// </remarks>
internal static class RejectionFigure
{
    /// <summary>Smallest number of remaining examples for which a curve is drawn.</summary>
    public const int LeastRetained = 20;

    private const double RoundTo = 0.05;
    private const double MarginShare = 0.04;
    private const double BandOpacity = 0.12;
    private const double RoundingError = 1e-6;

    private static readonly string YName = FormattableString.Invariant($"accuracy on the rest, {100 * WilsonInterval.Coverage:0} % interval");
    private static readonly LinePattern[] Patterns = [LinePattern.Solid, LinePattern.DenselyDashed, LinePattern.Dotted];

    /// <summary>Writes the figure as a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lines">The curves, all for the same examples; each begins where nothing is set aside.</param>
    /// <param name="title">The title.</param>
    public static void Save(string path, IReadOnlyList<RejectionLine> lines, string title = "Accuracy when uncertain cases are set aside")
    {
        RequireLines(lines);
        RejectionPoint all = lines[0].Points[0];
        RejectionPoint[][] shown = [.. lines.Select(line => line.Points.Where(IsShown).ToArray())];
        using Plot plot = FigureStyle.NewPlot(title, new AxisNames("set aside (%)", YName));
        (double low, double high) = Range([.. shown.SelectMany(points => points).Select(Interval)]);
        double margin = MarginShare * (high - low);
        FigureStyle.ShowRange(plot, 0, 100, low - margin, high + margin);
        FigureStyle.SetTicks(plot.Axes.Left, NumberTicks.Between(low, high, 6));
        plot.ShowShareTaken($"examples left (the curves end where fewer than {LeastRetained} are)", all.Retained);

        // Half of the number at the end lies outside the plot.
        plot.Axes.Right.MinimumSize = 50;
        plot.AddReference(
            new CoordinateLine(0, all.Accuracy, 100, all.Accuracy), FigureStyle.FrameWidth,
            FormattableString.Invariant($"nothing set aside: {all.Accuracy:0.000}"));
        for (int index = 0; index < lines.Count; index++)
            AddLine(plot, shown[index], index, lines[index].Name);
        FigureStyle.AddLegend(plot);
        FigureStyle.SavePng(plot, path);
    }

    private static bool IsShown(RejectionPoint point) => point.RejectedShare == 0 || point.Retained >= LeastRetained;

    private static void AddLine(Plot plot, RejectionPoint[] points, int index, string name)
    {
        plot.AddBand(points, point => Interval(point).At(100 * point.RejectedShare), FigureColors.OfSeries(index).WithAlpha(BandOpacity));
        Coordinates[] places = [.. points.Select(point => new Coordinates(100 * point.RejectedShare, point.Accuracy))];
        Scatter line = plot.Add.ScatterLine(places);
        line.LineColor = FigureColors.OfSeries(index);
        line.LineWidth = FigureStyle.ContourWidth;
        line.LinePattern = Patterns[index % Patterns.Length];
        line.LegendText = name;
    }


    private static WilsonInterval Interval(RejectionPoint point) => WilsonInterval.Of(point.Accuracy, point.Retained);

    private static (double Low, double High) Range(WilsonInterval[] intervals) => (
        Math.Floor(intervals.Min(interval => interval.Low) / RoundTo) * RoundTo,
        Math.Ceiling(intervals.Max(interval => interval.High) / RoundTo) * RoundTo);

    private static void RequireLines(IReadOnlyList<RejectionLine> lines)
    {
        if (lines.Count == 0)
            throw new ArgumentException("There is no curve to draw.", nameof(lines));
        foreach (RejectionLine line in lines)
        {
            IReadOnlyList<RejectionPoint> points = line.Points;
            if (points.Count == 0 || points[0].RejectedShare != 0)
                throw new ArgumentException($"The curve '{line.Name}' must begin where nothing is set aside.", nameof(lines));
            if (points[0].Retained != lines[0].Points[0].Retained || Math.Abs(points[0].Accuracy - lines[0].Points[0].Accuracy) > RoundingError)
            {
                throw new ArgumentException(
                    $"The curves must be of the same examples, but '{line.Name}' begins at {points[0]} "
                    + $"and '{lines[0].Name}' at {lines[0].Points[0]}.",
                    nameof(lines));
            }
            FigureInput.RequireRising(
                points, point => point.RejectedShare,
                point => point.Retained >= 1 && point.RejectedShare is >= 0 and < 1 && point.Accuracy is >= 0 and <= 1,
                $"The points of '{line.Name}' must go from left to right and hold shares and counts", nameof(lines));
        }
    }
}
