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
    private const float PointSize = 9;
    private const double PointOpacity = 0.55;

    private static readonly Color TotalColor = Color.FromHex("#DCE9F7");
    private static readonly Color AleatoricColor = Color.FromHex("#9CC5EC");
    private static readonly Color MeanColor = Color.FromHex("#0A3C70");
    private static readonly Color FunctionColor = Color.FromHex("#D0438C");

    /// <summary>Writes the figure as a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bands">The prediction.</param>
    /// <param name="truth">The true function.</param>
    /// <param name="points">The data.</param>
    /// <param name="gap">The range without data.</param>
    /// <param name="title">The title.</param>
    public static void Save(
        string path, PredictiveBands bands, Func<double, double> truth, IReadOnlyList<(double X, double Y)> points, (double Low, double High) gap,
        string title)
    {
        bands.RequireValid();
        using Plot plot = FigureStyle.NewPlot(title, new AxisNames("x", "y"));
        Range(plot, bands, points);
        AddBand(plot, bands, bands.TotalStddev, TotalColor, "total, 95 %");
        AddBand(plot, bands, bands.AleatoricStddev, AleatoricColor, "aleatoric, 95 %");
        AddGap(plot, gap);
        for (int index = 0; index < bands.Functions.Count; index++)
            AddLine(
                plot, bands.X, bands.Functions[index], FunctionColor.WithAlpha(0.55), 2.5f, LinePattern.Solid, index == 0 ? "functions drawn" : "");
        AddPoints(plot, points);
        AddLine(plot, bands.X, bands.Mean, MeanColor, FigureStyle.ContourWidth, LinePattern.Solid, "predictive mean");
        AddLine(
            plot, bands.X, Array.ConvertAll(bands.X, x => truth(x)), FigureColors.Ink, FigureStyle.ContourWidth - 1, LinePattern.Dashed,
            "true function");
        FigureStyle.AddLegend(plot);
        FigureStyle.SavePng(plot, path);
    }

    private static void Range(Plot plot, PredictiveBands bands, IReadOnlyList<(double X, double Y)> points)
    {
        IEnumerable<double[]> ends = bands.Mean.Zip(
            bands.TotalStddev, (mean, stddev) => (double[])[mean - HalfWidth * stddev, mean + HalfWidth * stddev]);
        double[] values = [.. ends.SelectMany(both => both), .. points.Select(point => point.Y)];
        double margin = Margin * (values.Max() - values.Min());
        FigureStyle.ShowRange(plot, bands.X[0], bands.X[^1], values.Min() - margin, values.Max() + margin);
    }

    private static void AddBand(Plot plot, PredictiveBands bands, double[] stddev, Color color, string name) =>
        plot.AddBand(
            bands.X.Zip(bands.Mean, stddev),
            at => (at.First, at.Second - HalfWidth * at.Third, at.Second + HalfWidth * at.Third), color).LegendText = name;

    private static void AddGap(Plot plot, (double Low, double High) gap)
    {
        foreach (double end in new[] { gap.Low, gap.High })
        {
            VerticalLine line = plot.Add.VerticalLine(end, FigureStyle.FrameWidth, FigureColors.Muted, LinePattern.Dotted);
            line.EnableAutoscale = false;
        }
        FigureStyle.ShowTopAxis(plot, "", [new Tick((gap.Low + gap.High) / 2, "no data")]).MajorTickStyle.Length = 0;
    }

    private static void AddPoints(Plot plot, IReadOnlyList<(double X, double Y)> points)
    {
        Markers markers = plot.Add.Markers(points.Select(point => new Coordinates(point.X, point.Y)).ToArray());
        markers.MarkerShape = MarkerShape.FilledCircle;
        markers.MarkerSize = PointSize;
        markers.MarkerStyle.FillColor = FigureColors.Ink.WithAlpha(PointOpacity);
        markers.MarkerStyle.OutlineWidth = 0;
        markers.LegendText = "data";
    }

    private static void AddLine(Plot plot, double[] x, double[] y, Color color, float width, LinePattern pattern, string name)
    {
        Scatter line = plot.Add.ScatterLine(x, y);
        line.LineColor = color;
        line.LineWidth = width;
        line.LinePattern = pattern;
        line.LegendText = name;
    }
}
