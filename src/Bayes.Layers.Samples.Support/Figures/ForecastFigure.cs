using System.Globalization;
using Bayes.Layers.Reports.Figures;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Forecasts of consecutive days with their intervals, a simpler forecast, and what happened. A narrow page has fewer days.</summary>
internal static class ForecastFigure
{
    /// <summary>Days of a wide page.</summary>
    public const int WideDays = 120;

    /// <summary>Days of a narrow page.</summary>
    public const int NarrowDays = 42;

    private const int WideWidth = 900;
    private const int PlotHeight = 300;
    private const double Margin = 0.05;
    private const double LeastRange = 1e-9;
    private const double Opacity = 0.3;
    private const int DaysOfMonths = 50;

    /// <summary>Returns the figure of the last days.</summary>
    /// <param name="days">The days in order, at least two.</param>
    /// <param name="mass">The probability within the intervals.</param>
    /// <param name="naiveName">The name of the simpler forecast.</param>
    /// <param name="target">The target's name with its unit.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(IReadOnlyList<ForecastDay> days, double mass, string naiveName, string target, string title)
    {
        if (days.Count < 2)
            throw new ArgumentException($"There are {days.Count} days to draw; expected at least 2.", nameof(days));
        return new FigureDrawing(title, isNarrow =>
        {
            ForecastDay[] shown = [.. days.TakeLast(isNarrow ? NarrowDays : WideDays)];
            Plot plot = FigureStyle.NewPlot(new AxisNames("", target));
            double low = shown.Min(day => Math.Min(day.Low, Math.Min(day.Observed, day.Naive)));
            double high = shown.Max(day => Math.Max(day.High, Math.Max(day.Observed, day.Naive)));
            double margin = Math.Max(Margin * (high - low), LeastRange);
            FigureStyle.ShowRange(plot, -0.5, shown.Length - 0.5, low - margin, high + margin);
            plot.Axes.Bottom.TickGenerator = new NumericManual(Ticks(shown));
            plot.AddBand(
                shown.Index(), each => (each.Index, each.Item.Low, each.Item.High), FigureColors.Band.WithAlpha(Opacity)).LegendText =
                FormattableString.Invariant($"{100 * mass:0.#} % interval");
            foreach (Func<ForecastDay, double> edge in new Func<ForecastDay, double>[] { day => day.Low, day => day.High })
                AddLine(edge, FigureColors.Band, 0.8f, LinePattern.Solid, "");
            AddLine(day => day.Naive, FigureColors.OfClass(0), FigureStyle.ContourWidth - 0.6f, LinePattern.DenselyDashed, naiveName);
            AddLine(day => day.Mean, FigureColors.Mean, FigureStyle.ContourWidth, LinePattern.Solid, "forecast");
            plot.Add.Plottable(new Dots(
                [.. shown.Select((day, index) => new Coordinates(index, day.Observed))], "observed", FigureColors.Ink, 4));
            int width = isNarrow ? FigureStyle.Width : WideWidth;
            FigureStyle.AddLegend(plot, width - 90);
            return (plot, new FigureSize(width, PlotHeight + FigureStyle.HeightOfLegend(plot)));

            void AddLine(Func<ForecastDay, double> value, Color color, float lineWidth, LinePattern pattern, string name)
            {
                var line = plot.Add.ScatterLine(shown.Select((day, index) => new Coordinates(index, value(day))).ToArray());
                line.LineColor = color;
                line.LineWidth = lineWidth;
                line.LinePattern = pattern;
                line.LegendText = name;
            }
        }, hasNarrow: true);
    }

    // The first days of months, or Mondays if there are few days.
    private static Tick[] Ticks(ForecastDay[] days) =>
    [
        .. days.Index()
            .Where(each => days.Length > DaysOfMonths ? each.Item.Day.Day == 1 : each.Item.Day.DayOfWeek == DayOfWeek.Monday && each.Index % 2 == 0)
            .Select(each => new Tick(
                each.Index, each.Item.Day.ToString(days.Length > DaysOfMonths ? "MMM yyyy" : "d MMM", CultureInfo.InvariantCulture))),
    ];
}
