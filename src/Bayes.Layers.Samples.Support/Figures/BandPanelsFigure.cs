using Bayes.Layers.Reports.Figures;
using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The predictions of several methods over one input, in panels with one scale: mean, bands, data and the true function.</summary>
internal static class BandPanelsFigure
{
    private const int Beside = 75;
    private const double Ratio = 0.85;
    private const float PointSize = 2;
    private const float LineWidth = 1.6f;

    // Standard deviations on each side of the mean that contain 95 % of a normal distribution.
    private const double HalfWidth = 1.959963984540054;

    // The scale shows the data and so much of their range above and below; a wider band is cut off.
    private const double Margin = 0.6;

    /// <summary>Returns the figure.</summary>
    /// <param name="predictions">The title and the prediction of each method, at least one.</param>
    /// <param name="truth">The true function.</param>
    /// <param name="points">The data.</param>
    /// <param name="gap">The range without data.</param>
    /// <param name="title">The title above all.</param>
    public static FigureDrawing Draw(
        IReadOnlyList<(string Title, PredictiveBands Bands)> predictions, Func<double, double> truth,
        IReadOnlyList<(double X, double Y)> points, (double Low, double High) gap, string title)
    {
        if (predictions.Count == 0)
            throw new ArgumentException("There is no prediction to draw.", nameof(predictions));
        foreach (var (_, bands) in predictions)
            bands.RequireValid();
        double[] x = predictions[0].Bands.X;
        double low = points.Min(point => point.Y), high = points.Max(point => point.Y), margin = Margin * (high - low);
        var range = new PlaneGrid(x[0], x[^1], low - margin, high + margin, 2, 2);
        return new FigureDrawing(title, isNarrow =>
        {
            var panels = new PanelGrid(range, predictions.Count, isNarrow);
            Plot plot = FigureStyle.NewPlot(new AxisNames("x", "y"));
            for (int index = 0; index < predictions.Count; index++)
                AddPanel(new Panel(plot, range, panels.Offset(index), IsFirst: index == 0), predictions[index].Bands, truth, points, gap);
            panels.Show(plot, [.. predictions.Select(each => each.Title)]);
            return (plot, panels.AddLegend(plot, Beside, Ratio));
        }, hasNarrow: predictions.Count > 1);
    }

    private static void AddPanel(
        Panel panel, PredictiveBands bands, Func<double, double> truth, IReadOnlyList<(double X, double Y)> points, (double Low, double High) gap)
    {
        AddBand(panel, bands, bands.TotalStddev, FigureColors.Band.WithAlpha(RegressionFigure.TotalOpacity), "total, 95 %");
        AddBand(panel, bands, bands.AleatoricStddev, FigureColors.Band.WithAlpha(RegressionFigure.AleatoricOpacity), "noise, 95 %");
        foreach (double end in new[] { gap.Low, gap.High })
            AddLine(
                panel, [end, end], [panel.Range.YMin, panel.Range.YMax], FigureColors.Muted, 1, LinePattern.Dotted, "gap", isNamed: end == gap.Low);
        panel.Plot.Add.Plottable(new Dots(
            [.. points.Select(point => panel.At(point.X, point.Y))], panel.NameOf("data"), FigureColors.Ink.WithAlpha(0.55), PointSize)
        {
            Edge = null,
        });
        AddLine(panel, bands.X, bands.Mean, FigureColors.Mean, LineWidth, LinePattern.Solid, "predictive mean");
        AddLine(panel, bands.X, Array.ConvertAll(bands.X, x => truth(x)), FigureColors.Ink, LineWidth - 0.4f, LinePattern.Dashed, "true function");
    }

    private static void AddBand(Panel panel, PredictiveBands bands, double[] stddev, Color color, string name) =>
        panel.Plot.AddBand(
            bands.X.Zip(bands.Mean, stddev),
            at =>
            {
                var low = panel.At(at.First, at.Second - HalfWidth * at.Third);
                return (low.X, low.Y, panel.At(at.First, at.Second + HalfWidth * at.Third).Y);
            },
            color).LegendText = panel.NameOf(name);

    private static void AddLine(
        Panel panel, double[] x, double[] y, Color color, float width, LinePattern pattern, string name, bool isNamed = true)
    {
        Scatter line = panel.Plot.Add.ScatterLine(x.Zip(y, panel.At).ToArray());
        line.LineColor = color;
        line.LineWidth = width;
        line.LinePattern = pattern;
        line.LegendText = isNamed ? panel.NameOf(name) : "";
    }

    /// <summary>Where a panel lies in the plot. What lies above or below its range is drawn at its edge.</summary>
    private sealed record Panel(Plot Plot, PlaneGrid Range, (double X, double Y) Offset, bool IsFirst)
    {
        public Coordinates At(double x, double y) => new(x + Offset.X, Math.Clamp(y, Range.YMin, Range.YMax) + Offset.Y);

        // The legend names each part once.
        public string NameOf(string name) => IsFirst ? name : "";
    }
}
