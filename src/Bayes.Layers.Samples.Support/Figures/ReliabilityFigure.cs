using System.Globalization;
using Bayes.Layers.Evaluation;
using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>
/// The reliability diagram: the frequency of class 1 among examples with about the same predicted probability, against that probability.
/// Calibrated predictions lie on the diagonal. Bars below show the number of examples in each bin.
/// </summary>
/// <remarks>A bin without examples is not drawn: its frequency is unknown, not zero.</remarks>
internal static class ReliabilityFigure
{
    // From below: the bars, their numbers, the text above them. All of them lie below a frequency of 0.
    private const double StripBottom = -0.32;
    private const double BarHeight = 0.17;
    private const double StripTop = -0.03;

    private const double SideMargin = 0.02;
    private const float StripTextSize = 26;
    private const float GapWidth = 16;
    private const float WhiskerWidth = 3.5f;

    // Smallest width of a bin that has room for a number.
    private const double NarrowestNumbered = 0.045;

    /// <summary>Writes the figure as a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bins">The bins; at least one has examples.</param>
    /// <param name="names">The classes' names.</param>
    /// <param name="title">The title.</param>
    /// <param name="subtitle">Text below the title, for example the expected calibration error.</param>
    public static void Save(
        string path, IReadOnlyList<ReliabilityBin> bins, ClassNames? names = null, string title = "Reliability", string? subtitle = null)
    {
        RequireBins(bins);
        names ??= ClassNames.Default;
        ReliabilityBin[] filled = [.. bins.Where(bin => bin.Count > 0)];
        using Plot plot = FigureStyle.NewPlot(title, new AxisNames($"mean predicted P({names.One})", $"share that is {names.One}"));
        FigureStyle.ShowRange(plot, -SideMargin, 1 + SideMargin, StripBottom, 1 + SideMargin);
        FigureStyle.SetTicks(plot.Axes.Left, NumberTicks.Between(0, 1, 5));
        if (subtitle is not null)
            FigureStyle.ShowTopAxis(plot, subtitle, []);
        AddCounts(plot, filled);
        plot.AddReference(new CoordinateLine(0, 0, 1, 1), FigureStyle.ContourWidth - 1, "calibrated");
        AddGaps(plot, filled);
        AddFrequencies(plot, filled);
        FigureStyle.AddLegend(plot);
        FigureStyle.SavePng(plot, path);
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
            CapSize = 9,
        });
        Markers dots = plot.Add.Markers(probabilities, frequencies);
        dots.MarkerShape = MarkerShape.FilledCircle;
        dots.MarkerSize = FigureStyle.MarkerSize;
        dots.MarkerStyle.FillColor = FigureColors.OfSeries(0);
        dots.MarkerStyle.OutlineColor = FigureColors.Ink;
        dots.MarkerStyle.OutlineWidth = FigureStyle.MarkerEdgeShare * FigureStyle.MarkerSize;
        dots.LegendText = FormattableString.Invariant($"observed, with its {100 * WilsonInterval.Coverage:0} % interval");
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
            bar.LineWidth = 2;
            if (bin.Upper - bin.Lower >= NarrowestNumbered)
                plot.AddText(
                    bin.Count.ToString(CultureInfo.InvariantCulture), (bin.Lower + bin.Upper) / 2, top, StripTextSize, Alignment.LowerCenter);
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
