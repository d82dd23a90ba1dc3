using ScottPlot;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Reports.Figures;

/// <summary>Some predictions with their intervals and the observed values, in the order of the predicted mean.</summary>
internal static class IntervalFigure
{
    /// <summary>Largest number of rows that are drawn.</summary>
    public const int MostRows = 60;

    private const double Margin = 0.05;
    private const double LeastRange = 1e-9;
    private const double Opacity = 0.6;

    /// <summary>Returns the figure.</summary>
    /// <param name="rows">Mean, ends of the interval and observed value of every row; those that are drawn lie evenly in their order.</param>
    /// <param name="mass">The probability within the intervals.</param>
    /// <param name="target">The target's name with its unit.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(
        IReadOnlyList<(double Mean, double Low, double High, double Observed)> rows, double mass, string target, string title)
    {
        (double Mean, double Low, double High, double Observed)[] sorted = [.. rows.OrderBy(row => row.Mean)];
        int count = Math.Min(MostRows, sorted.Length);
        (double Mean, double Low, double High, double Observed)[] shown =
            [.. Enumerable.Range(0, count).Select(index => sorted[count == 1 ? 0 : index * (sorted.Length - 1L) / (count - 1)])];
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(new AxisNames("rows, in the order of the prediction", target));
            double low = shown.Min(row => Math.Min(row.Low, row.Observed)), high = shown.Max(row => Math.Max(row.High, row.Observed));
            double margin = Math.Max(Margin * (high - low), LeastRange);
            FigureStyle.ShowRange(plot, -1, count, low - margin, high + margin);
            plot.Axes.Bottom.TickGenerator = new NumericManual();
            for (int index = 0; index < count; index++)
            {
                var line = plot.Add.Line(index, shown[index].Low, index, shown[index].High);
                line.LineColor = FigureColors.Band.WithAlpha(Opacity);
                line.LineWidth = 3;
                if (index == 0)
                    line.LegendText = FormattableString.Invariant($"{100 * mass:0.#} % interval");
            }
            plot.Add.Plottable(new Dots(
                [.. shown.Select((row, index) => new Coordinates(index, row.Mean))], "prediction", FigureColors.Mean, 4) { IsSquare = true });
            AddObserved(row => row.Observed >= row.Low && row.Observed <= row.High, "observed, inside", FigureColors.Ink);
            AddObserved(row => !(row.Observed >= row.Low && row.Observed <= row.High), "observed, outside", FigureColors.Gap);
            FigureStyle.AddLegend(plot);
            return plot;

            void AddObserved(Func<(double Mean, double Low, double High, double Observed), bool> isShown, string name, Color color) =>
                plot.Add.Plottable(new Dots(
                    [.. shown.Index().Where(each => isShown(each.Item)).Select(each => new Coordinates(each.Index, each.Item.Observed))],
                    name, color, FigureStyle.SmallMarkerSize));
        });
    }
}
