using Bayes.Layers.Reports.Figures;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Epistemic uncertainty and accuracy against the angle by which images are turned, with a scale at the left and at the right.</summary>
internal static class RotationFigure
{
    private const double Margin = 0.06;
    private const double AngleBetweenTicks = 30;

    private static readonly Color UncertaintyColor = FigureColors.OfSeries(0);
    private static readonly Color AccuracyColor = FigureColors.OfSeries(1);

    /// <summary>Returns the figure.</summary>
    /// <param name="points">At least two, in the order of their angles.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(IReadOnlyList<RotationPoint> points, string title)
    {
        RequirePoints(points);
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(new AxisNames("turned by (degrees)", "mean mutual information (nats)"));
            double side = Margin / 2 * (points[^1].Angle - points[0].Angle);
            double high = RoundedUp(points.Max(point => point.MutualInformation));
            FigureStyle.ShowRange(plot, points[0].Angle - side, points[^1].Angle + side, -Margin * high, (1 + Margin) * high);
            plot.Axes.Bottom.TickGenerator = new NumericManual(Ticks(points[0].Angle, points[^1].Angle));
            FigureStyle.SetTicks(plot.Axes.Left, NumberTicks.Between(0, high, 5));
            IYAxis right = plot.Axes.Right;
            right.Label.Text = "accuracy";
            plot.Axes.SetLimitsY(-Margin, 1 + Margin, right);
            FigureStyle.SetTicks(right, NumberTicks.Between(0, 1, 5));
            Paint(plot.Axes.Left, UncertaintyColor);
            Paint(right, AccuracyColor);

            plot.AddCurve(
                points.Select(point => new Coordinates(point.Angle, point.Accuracy)), AccuracyColor, MarkerShape.FilledTriangleUp,
                LinePattern.DenselyDashed, "accuracy").Axes.YAxis = right;
            plot.AddCurve(
                points.Select(point => new Coordinates(point.Angle, point.MutualInformation)), UncertaintyColor, MarkerShape.FilledCircle,
                LinePattern.Solid, "mutual information");
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }

    // Puts the last tick at the top, at the height of the other scale's 1.
    private static double RoundedUp(double value)
    {
        double step = value <= 0.1 ? 0.02 : 0.1;
        return Math.Max(1, Math.Ceiling(value / step)) * step;
    }

    // A scale has the colour of its curve.
    private static void Paint(IAxis axis, Color color)
    {
        axis.Label.ForeColor = color;
        axis.TickLabelStyle.ForeColor = color;
    }

    private static Tick[] Ticks(double low, double high) =>
        [.. NumberTicks.Between(low / AngleBetweenTicks, high / AngleBetweenTicks, (int)Math.Max(1, (high - low) / AngleBetweenTicks))
            .Select(tick => new Tick(AngleBetweenTicks * tick.Position, FormattableString.Invariant($"{AngleBetweenTicks * tick.Position:0}")))];

    private static void RequirePoints(IReadOnlyList<RotationPoint> points)
    {
        if (points.Count < 2)
            throw new ArgumentException($"There are {points.Count} angles; expected at least 2.", nameof(points));
        FigureInput.RequireRising(
            points, point => point.Angle,
            point => double.IsFinite(point.Angle) && double.IsFinite(point.MutualInformation) && point.Accuracy is >= 0 and <= 1,
            "The angles must rise and hold finite uncertainties and accuracies in 0 to 1", nameof(points));
    }
}
