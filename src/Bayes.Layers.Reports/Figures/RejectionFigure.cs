using Bayes.Layers.Reports.Predictions;
using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Reports.Figures;

/// <summary>What is measured on the remaining examples when the least certain ones are set aside, for one or more kinds of uncertainty.</summary>
/// <remarks>
/// An uncertainty that predicts errors makes the accuracy rise, or the error fall. At the far right so few examples are left that a single one
/// changes much. The curves end before that, and the upper axis shows how many examples are left.
/// </remarks>
internal static class RejectionFigure
{
    /// <summary>Smallest number of remaining examples for which a curve is drawn.</summary>
    public const int LeastRetained = 20;

    /// <summary>The vertical axis of a curve of accuracies.</summary>
    public static readonly string Accuracy = FormattableString.Invariant($"accuracy, {100 * WilsonInterval.Coverage:0} % interval");

    // More points of a curve cannot be told apart.
    private const int MostPoints = 150;

    private const double LeastRange = 1e-6;
    private const double MarginShare = 0.05;
    private const double BandOpacity = 0.16;
    private const double RoundingError = 1e-6;

    private static readonly LinePattern[] Patterns = [LinePattern.Solid, LinePattern.DenselyDashed, LinePattern.Dotted];

    /// <summary>Returns the figure.</summary>
    /// <param name="lines">The curves, all for the same examples; each begins where nothing is set aside.</param>
    /// <param name="valueName">What is measured on the rest.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(IReadOnlyList<RejectionLine> lines, string valueName, string title)
    {
        RequireLines(lines);
        RejectionPlace all = lines[0].Places[0];
        RejectionPlace[][] shown = [.. lines.Select(line => Thinned([.. line.Places.Where(IsShown)]))];
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(new AxisNames("set aside (%)", valueName));
            double low = shown.Min(places => places.Min(place => place.Low)), high = shown.Max(places => places.Max(place => place.High));
            double margin = Math.Max(MarginShare * (high - low), LeastRange);
            FigureStyle.ShowRange(plot, 0, 100, low - margin, high + margin);
            plot.ShowShareTaken("examples left", all.Retained);

            // Half of the number at the end lies outside the plot.
            plot.Axes.Right.MinimumSize = 20;
            plot.AddReference(
                new CoordinateLine(0, all.Value, 100, all.Value), FigureStyle.FrameWidth,
                $"nothing set aside: {(all.Value < 10 ? NumberText.Share(all.Value) : NumberText.Quantity(all.Value))}");
            for (int index = 0; index < lines.Count; index++)
                AddLine(plot, shown[index], index, lines[index].Name);
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }

    private static bool IsShown(RejectionPlace place) => place.RejectedShare == 0 || place.Retained >= LeastRetained;

    private static RejectionPlace[] Thinned(RejectionPlace[] places) => places.Length <= MostPoints
        ? places
        : [.. Enumerable.Range(0, MostPoints).Select(index => places[index * (places.Length - 1L) / (MostPoints - 1)])];

    private static void AddLine(Plot plot, RejectionPlace[] places, int index, string name)
    {
        plot.AddBand(
            places, place => (100 * place.RejectedShare, place.Low, place.High), FigureColors.OfSeries(index).WithAlpha(BandOpacity));
        Scatter line = plot.Add.ScatterLine(places.Select(place => new Coordinates(100 * place.RejectedShare, place.Value)).ToArray());
        line.LineColor = FigureColors.OfSeries(index);
        line.LineWidth = FigureStyle.ContourWidth;
        line.LinePattern = Patterns[index % Patterns.Length];
        line.LegendText = name;
    }

    private static void RequireLines(IReadOnlyList<RejectionLine> lines)
    {
        if (lines.Count == 0)
            throw new ArgumentException("There is no curve to draw.", nameof(lines));
        foreach (RejectionLine line in lines)
        {
            IReadOnlyList<RejectionPlace> places = line.Places;
            if (places.Count == 0 || places[0].RejectedShare != 0)
                throw new ArgumentException($"The curve '{line.Name}' must begin where nothing is set aside.", nameof(lines));
            if (places[0].Retained != lines[0].Places[0].Retained || Math.Abs(places[0].Value - lines[0].Places[0].Value) > RoundingError)
            {
                throw new ArgumentException(
                    $"The curves must be of the same examples, but '{line.Name}' begins at {places[0]} "
                    + $"and '{lines[0].Name}' at {lines[0].Places[0]}.",
                    nameof(lines));
            }
            FigureInput.RequireRising(
                places, place => place.RejectedShare,
                place => place.Retained >= 1 && place.RejectedShare is >= 0 and < 1 && double.IsFinite(place.Low + place.Value + place.High),
                $"The points of '{line.Name}' must go from left to right and hold shares and counts", nameof(lines));
        }
    }
}
