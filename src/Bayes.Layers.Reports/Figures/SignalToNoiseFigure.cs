using Bayes.Layers.Diagnostics;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Reports.Figures;

/// <summary>How many weights have which signal-to-noise ratio.</summary>
internal static class SignalToNoiseFigure
{
    private const double Headroom = 1.15;
    private const double BarShare = 0.82;

    private static readonly string[] Names =
        ["below", .. SignalToNoiseHistogram.Edges.Select(edge => FormattableString.Invariant($"{edge:0;\u22120}"))];

    /// <summary>Returns the figure.</summary>
    public static FigureDrawing Draw(SignalToNoiseHistogram histogram, string title) => new(title, () =>
    {
        double total = Math.Max(1, histogram.Total);
        double[] shares = [.. histogram.Counts.Select(count => 100 * count / total)];
        Plot plot = FigureStyle.NewPlot(new AxisNames("|mean| / sigma, in dB from", "share of the weights (%)"));
        FigureStyle.ShowRange(plot, -0.5, shares.Length - 0.5, 0, Headroom * Math.Max(1, shares.Max()));
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. Names.Select((name, index) => new Tick(index, name))]);
        for (int index = 0; index < shares.Length; index++)
        {
            var bar = plot.Add.Rectangle(index - BarShare / 2, index + BarShare / 2, 0, shares[index]);
            bar.FillColor = FigureColors.OfSeries(0);
            bar.LineWidth = 0;
            plot.AddText(
                FormattableString.Invariant($"{shares[index]:0.#} %"), index, shares[index], FigureStyle.TickSize, Alignment.LowerCenter);
        }
        return plot;
    });
}
