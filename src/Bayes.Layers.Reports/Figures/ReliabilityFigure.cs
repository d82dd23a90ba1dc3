using System.Globalization;
using Bayes.Layers.Evaluation;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Reports.Figures;

/// <summary>
/// The reliability diagram: the frequency of an event among examples with about the same predicted probability of it, against that probability.
/// Calibrated predictions lie on the diagonal. Bars below show the number of examples in each bin.
/// </summary>
/// <remarks>A bin without examples is not drawn: its frequency is unknown, not zero.</remarks>
internal static class ReliabilityFigure
{
    // From below: the bars, their numbers, the text above them. All of them lie below a frequency of 0.
    private const double StripBottom = -0.42;
    private const double BarHeight = 0.2;
    private const double StripTop = -0.03;

    private const double SideMargin = 0.03;
    private const float StripTextSize = FigureStyle.TickSize;
    private const float GapWidth = 5;
    private const float WhiskerWidth = 1.4f;

    // Smallest width of a bin that has room for a number.
    private const double NarrowestNumbered = 0.08;

    /// <summary>Returns the figure.</summary>
    /// <param name="bins">The bins; at least one has examples.</param>
    /// <param name="axes">What was predicted, and how often it came true.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(IReadOnlyList<ReliabilityBin> bins, AxisNames axes, string title)
    {
        RequireBins(bins);
        ReliabilityBin[] filled = [.. bins.Where(bin => bin.Count > 0)];
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(axes);
            FigureStyle.ShowRange(plot, -SideMargin, 1 + SideMargin, StripBottom, 1 + SideMargin);
            plot.Axes.Bottom.TickGenerator = new NumericManual(NumberTicks.Between(0, 1, 5));
            FigureStyle.SetTicks(plot.Axes.Left, NumberTicks.Between(0, 1, 5));
            AddCounts(plot, filled);
            plot.AddReference(new CoordinateLine(0, 0, 1, 1), FigureStyle.ContourWidth - 0.5f, "calibrated");
            AddGaps(plot, filled);
            AddFrequencies(plot, filled);
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }

    private static void AddGaps(Plot plot, ReliabilityBin[] bins)
    {
        foreach (ReliabilityBin bin in bins)
        {
            double probability = bin.MeanProbability!.Value;
            LinePlot gap = plot.Add.Line(probability, probability, probability, bin.Frequency!.Value);
            gap.LineWidth = GapWidth;
            gap.LineColor = FigureColors.Gap;
            if (bin == bins[0])
                gap.LegendText = "gap";
        }
    }

    private static void AddFrequencies(Plot plot, ReliabilityBin[] bins)
    {
        double[] probabilities = [.. bins.Select(bin => bin.MeanProbability!.Value)];
        double[] frequencies = [.. bins.Select(bin => bin.Frequency!.Value)];
        WilsonInterval[] intervals = [.. bins.Select(bin => WilsonInterval.Of(bin.Frequency!.Value, bin.Count))];
        double[] none = new double[bins.Length];
        double[] below = [.. bins.Select((_, index) => frequencies[index] - intervals[index].Low)];
        double[] above = [.. bins.Select((_, index) => intervals[index].High - frequencies[index])];
        plot.Add.Plottable(new ErrorBar(probabilities, frequencies, none, none, yErrorsPositive: above, yErrorsNegative: below)
        {
            Color = FigureColors.Ink,
            LineWidth = WhiskerWidth,
            CapSize = 3,
        });
        plot.Add.Plottable(new Dots(
            [.. probabilities.Zip(frequencies, (x, y) => new Coordinates(x, y))],
            FormattableString.Invariant($"observed, {100 * WilsonInterval.Coverage:0} % interval"), FigureColors.OfSeries(0),
            FigureStyle.MarkerSize));
    }

    private static void AddCounts(Plot plot, ReliabilityBin[] bins)
    {
        double most = bins.Max(bin => bin.Count);
        foreach (ReliabilityBin bin in bins)
        {
            double top = StripBottom + BarHeight * bin.Count / most;
            Rectangle bar = plot.Add.Rectangle(bin.Lower, bin.Upper, StripBottom, top);
            bar.FillColor = FigureColors.Muted;
            bar.LineColor = FigureColors.Paper;
            bar.LineWidth = 1;
            if (bin.Upper - bin.Lower >= NarrowestNumbered)
                plot.AddText(
                    bin.Count.ToString("N0", CultureInfo.InvariantCulture), (bin.Lower + bin.Upper) / 2, top, StripTextSize, Alignment.LowerCenter);
        }

        LinePlot edge = plot.Add.Line(-SideMargin, StripTop, 1 + SideMargin, StripTop);
        edge.LineColor = FigureColors.Ink;
        edge.LineWidth = FigureStyle.FrameWidth;
        plot.AddText("examples in each bin", 0, StripTop - 0.01, StripTextSize, Alignment.UpperLeft);
    }

    private static void RequireBins(IReadOnlyList<ReliabilityBin> bins)
    {
        for (int index = 0; index < bins.Count; index++)
        {
            ReliabilityBin bin = bins[index];
            bool isInterval = bin.Lower >= 0 && bin.Lower < bin.Upper && bin.Upper <= 1;
            bool isFilled = bin.Count > 0 && IsShare(bin.MeanProbability) && IsShare(bin.Frequency);
            bool isEmpty = bin.Count == 0 && bin.MeanProbability is null && bin.Frequency is null;
            if (!isInterval || !(isFilled || isEmpty))
            {
                throw new ArgumentException(
                    $"{nameof(bins)} must lie in 0 to 1 and hold shares where they have examples, none where they have none, "
                    + $"but bin {index} is {bin}.",
                    nameof(bins));
            }
        }

        if (bins.All(bin => bin.Count == 0))
            throw new ArgumentException("There is no example in any bin.", nameof(bins));
    }

    private static bool IsShare(double? value) => value is >= 0 and <= 1;
}
