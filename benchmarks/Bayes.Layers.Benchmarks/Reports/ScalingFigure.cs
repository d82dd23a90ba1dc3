using System.Globalization;
using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Reports.Figures;
using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>
/// A time against a number such as the draws, both on logarithmic scales: by hand, by the library, by the plain network and by PyTorch, on each
/// device.
/// </summary>
internal static class ScalingFigure
{
    /// <summary>Returns the figure.</summary>
    /// <param name="title">The title.</param>
    /// <param name="axis">The number's name.</param>
    /// <param name="curves">The results of each device by the number.</param>
    public static FigureDrawing Draw(
        string title, string axis, IReadOnlyList<(string Device, IReadOnlyList<(int At, CaseResult Result)> Points)> curves)
    {
        return new FigureDrawing(title, () =>
        {
            Plot plot = FigureStyle.NewPlot(new AxisNames(axis, "seconds"));
            int color = 0;
            var all = new List<(double X, double Y)>();
            foreach (var (device, points) in curves)
            {
                string suffix = curves.Count > 1 ? $", {device}" : "";
                Add("by hand" + suffix, LinePattern.Dashed, result => result.Baseline.Median);
                if (points.All(point => point.Result.Plain is not null))
                    Add("plain network" + suffix, LinePattern.DenselyDashed, result => result.Plain!.Median);
                if (points.All(point => point.Result.BestPyTorch is not null))
                    Add("PyTorch" + suffix, LinePattern.Dotted, result => result.BestPyTorch!.Seconds);
                Add("Bayes.Layers" + suffix, LinePattern.Solid, result => result.Library.Median);

                void Add(string name, LinePattern pattern, Func<CaseResult, double> seconds)
                {
                    (double X, double Y)[] line = [.. points.Select(point => (Math.Log2(point.At), Math.Log10(seconds(point.Result))))];
                    all.AddRange(line);
                    Scatter scatter = plot.Add.Scatter(line.Select(point => new Coordinates(point.X, point.Y)).ToArray());
                    scatter.Color = FigureColors.OfSeries(color++);
                    scatter.LineWidth = FigureStyle.ContourWidth;
                    scatter.LinePattern = pattern;
                    scatter.MarkerSize = FigureStyle.SmallMarkerSize;
                    scatter.LegendText = name;
                }
            }
            double low = Math.Floor(all.Min(point => point.Y)), high = Math.Ceiling(all.Max(point => point.Y));
            plot.Axes.SetLimits(all.Min(point => point.X) - 0.2, all.Max(point => point.X) + 0.2, low, high);
            plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
                [.. all.Select(point => point.X).Distinct().Order()
                    .Select(x => new Tick(x, Math.Pow(2, x).ToString("0", CultureInfo.InvariantCulture)))]);
            FigureStyle.SetTicks(plot.Axes.Left, [.. Enumerable.Range((int)low, (int)(high - low) + 1)
                .Select(power => new Tick(power, Math.Pow(10, power).ToString("0.######", CultureInfo.InvariantCulture)))]);
            FigureStyle.AddLegend(plot);
            return plot;
        });
    }
}
