using Bayes.Layers.Reports.Figures;
using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>
/// A regression: data, the true function, the predictive mean with the bands of aleatoric and of total uncertainty, and some functions drawn
/// from the posterior.
/// </summary>
internal static class RegressionFigure
{
    // Standard deviations on each side of the mean that contain 95 % of a normal distribution.
    private const double HalfWidth = 1.959963984540054;

    private const double Margin = 0.04;
    private const float PointSize = 2.6f;
    private const double PointOpacity = 0.6;

    /// <summary>Opacity of the band of the total uncertainty, on which the other band lies.</summary>
    public const double TotalOpacity = 0.16;

    /// <summary>Opacity of the band of the aleatoric uncertainty.</summary>
    public const double AleatoricOpacity = 0.42;

    private static readonly Color FunctionColor = FigureColors.OfSeries(2);

    /// <summary>Returns the figure.</summary>
    /// <param name="bands">The prediction.</param>
    /// <param name="truth">The true function.</param>
    /// <param name="points">The data.</param>
    /// <param name="gap">The range without data.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(
        PredictiveBands bands, Func<double, double> truth, IReadOnlyList<(double X, double Y)> points, (double Low, double High) gap,
        string title)
    {
        bands.RequireValid();
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(new AxisNames("x", "y"));
            Range(plot, bands, points);
            AddBand(plot, bands, bands.TotalStddev, TotalOpacity, "total, 95 %");
            AddBand(plot, bands, bands.AleatoricStddev, AleatoricOpacity, "aleatoric, 95 %");
            AddGap(plot, gap);
            for (int index = 0; index < bands.Functions.Count; index++)
                AddLine(
                    plot, bands.X, bands.Functions[index], FunctionColor.WithAlpha(0.7), 0.9f, LinePattern.Solid,
                    index == 0 ? "functions drawn" : "");
            AddPoints(plot, points);
            AddLine(plot, bands.X, bands.Mean, FigureColors.Mean, FigureStyle.ContourWidth, LinePattern.Solid, "predictive mean");
            AddLine(
                plot, bands.X, Array.ConvertAll(bands.X, x => truth(x)), FigureColors.Ink, FigureStyle.ContourWidth - 0.5f, LinePattern.Dashed,
                "true function");
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }

    private static void Range(Plot plot, PredictiveBands bands, IReadOnlyList<(double X, double Y)> points)
    {
        IEnumerable<double[]> ends = bands.Mean.Zip(
            bands.TotalStddev, (mean, stddev) => (double[])[mean - HalfWidth * stddev, mean + HalfWidth * stddev]);
        double[] values = [.. ends.SelectMany(both => both), .. points.Select(point => point.Y)];
        double margin = Margin * (values.Max() - values.Min());
        FigureStyle.ShowRange(plot, bands.X[0], bands.X[^1], values.Min() - margin, values.Max() + margin);
    }

    // The edge shows where the band ends, also to those who see little contrast.
    private static void AddBand(Plot plot, PredictiveBands bands, double[] stddev, double opacity, string name)
    {
        plot.AddBand(
            bands.X.Zip(bands.Mean, stddev),
            at => (at.First, at.Second - HalfWidth * at.Third, at.Second + HalfWidth * at.Third),
            FigureColors.Band.WithAlpha(opacity)).LegendText = name;
        foreach (int side in new[] { -1, 1 })
            AddLine(
                plot, bands.X, [.. bands.Mean.Zip(stddev, (mean, each) => mean + side * HalfWidth * each)], FigureColors.Band, 0.8f,
                LinePattern.Solid, "");
    }

    private static void AddGap(Plot plot, (double Low, double High) gap)
    {
        foreach (double end in new[] { gap.Low, gap.High })
        {
            VerticalLine line = plot.Add.VerticalLine(end, FigureStyle.FrameWidth, FigureColors.Muted, LinePattern.Dotted);
            line.EnableAutoscale = false;
        }
        FigureStyle.ShowTopAxis(plot, "", [new Tick((gap.Low + gap.High) / 2, "no data")]).MajorTickStyle.Length = 0;
    }

    private static void AddPoints(Plot plot, IReadOnlyList<(double X, double Y)> points) => plot.Add.Plottable(new Dots(
        [.. points.Select(point => new Coordinates(point.X, point.Y))], "data", FigureColors.Ink.WithAlpha(PointOpacity), PointSize) { Edge = null });

    private static void AddLine(Plot plot, double[] x, double[] y, Color color, float width, LinePattern pattern, string name)
    {
        Scatter line = plot.Add.ScatterLine(x, y);
        line.LineColor = color;
        line.LineWidth = width;
        line.LinePattern = pattern;
        line.LegendText = name;
    }
}
