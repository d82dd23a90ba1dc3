using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The predictions of several methods over one input, in panels with one scale: mean, bands, data and the true function.</summary>
internal static class BandPanelsFigure
{
    private const int PanelWidth = 560;
    private const int PanelHeight = 430;
    private const int Beside = 200;
    private const int Above = 330;
    private const float TitleSize = 30;
    private const float PointSize = 8;
    private const float LineWidth = 4;

    // Standard deviations on each side of the mean that contain 95 % of a normal distribution.
    private const double HalfWidth = 1.959963984540054;

    // The scale shows the data and so much of their range above and below; a wider band is cut off.
    private const double Margin = 0.6;

    private static readonly Color TotalColor = Color.FromHex("#CBDFF4");
    private static readonly Color AleatoricColor = Color.FromHex("#8FBCE8");
    private static readonly Color MeanColor = Color.FromHex("#0A3C70");

    /// <summary>Writes the figure as a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="predictions">The title and the prediction of each method, at least one.</param>
    /// <param name="truth">The true function.</param>
    /// <param name="points">The data.</param>
    /// <param name="gap">The range without data.</param>
    /// <param name="title">The title above all.</param>
    public static void Save(
        string path, IReadOnlyList<(string Title, PredictiveBands Bands)> predictions, Func<double, double> truth,
        IReadOnlyList<(double X, double Y)> points, (double Low, double High) gap, string title)
    {
        if (predictions.Count == 0)
            throw new ArgumentException("There is no prediction to draw.", nameof(predictions));
        foreach (var (_, bands) in predictions)
            bands.RequireValid();
        double[] x = predictions[0].Bands.X;
        double low = points.Min(point => point.Y), high = points.Max(point => point.Y), margin = Margin * (high - low);
        var range = new PlaneGrid(x[0], x[^1], low - margin, high + margin, 2, 2);
        var panels = new PanelGrid(range, predictions.Count);
        using Plot plot = FigureStyle.NewPlot(title, new AxisNames("x", "y"));
        for (int index = 0; index < predictions.Count; index++)
            AddPanel(new Panel(plot, range, panels.Offset(index), IsFirst: index == 0), predictions[index].Bands, truth, points, gap);
        panels.Show(plot, [.. predictions.Select(each => each.Title)], TitleSize);
        FigureStyle.AddLegend(plot);
        FigureStyle.SavePng(plot, path, Beside + panels.Columns * PanelWidth, Above + panels.Rows * PanelHeight);
    }

    private static void AddPanel(
        Panel panel, PredictiveBands bands, Func<double, double> truth, IReadOnlyList<(double X, double Y)> points, (double Low, double High) gap)
    {
        AddBand(panel, bands, bands.TotalStddev, TotalColor, "total, 95 %");
        AddBand(panel, bands, bands.AleatoricStddev, AleatoricColor, "noise, 95 %");
        foreach (double end in new[] { gap.Low, gap.High })
            AddLine(
                panel, [end, end], [panel.Range.YMin, panel.Range.YMax], FigureColors.Muted, 2, LinePattern.Dotted, "gap", isNamed: end == gap.Low);
        Markers markers = panel.Plot.Add.Markers(points.Select(point => panel.At(point.X, point.Y)).ToArray());
        markers.MarkerShape = MarkerShape.FilledCircle;
        markers.MarkerSize = PointSize;
        markers.MarkerStyle.FillColor = FigureColors.Ink.WithAlpha(0.55);
        markers.MarkerStyle.OutlineWidth = 0;
        markers.LegendText = panel.NameOf("data");
        AddLine(panel, bands.X, bands.Mean, MeanColor, LineWidth, LinePattern.Solid, "predictive mean");
        AddLine(panel, bands.X, Array.ConvertAll(bands.X, x => truth(x)), FigureColors.Ink, LineWidth - 1, LinePattern.Dashed, "true function");
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
