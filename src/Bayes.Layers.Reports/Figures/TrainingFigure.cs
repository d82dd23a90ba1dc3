using Bayes.Layers.Training;
using ScottPlot;
using ScottPlot.Plottables;

namespace Bayes.Layers.Reports.Figures;

/// <summary>The course of a training: the loss, its first term and, where there was one, the validation, in nats per example.</summary>
internal static class TrainingFigure
{
    // The first epochs, far above the rest, would make the rest flat: the scale leaves out what lies above the largest loss after them.
    private const double FirstShare = 0.04;

    private const double Margin = 0.06;
    private const double LeastRange = 1e-6;

    // More points of a curve cannot be told apart.
    private const int MostPoints = 300;

    /// <summary>Returns the figure.</summary>
    /// <param name="epochs">The epochs, at least two.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(IReadOnlyList<TrainingEpoch> epochs, string title) => new(title, () =>
    {
        Plot plot = FigureStyle.NewPlot(new AxisNames("epoch", "nats per example"));
        TrainingEpoch[] shown = epochs.Count <= MostPoints
            ? [.. epochs]
            : [.. Enumerable.Range(0, MostPoints).Select(index => epochs[(int)(index * (epochs.Count - 1L) / (MostPoints - 1))])];
        (string Name, Func<TrainingEpoch, double?> Value, LinePattern Pattern)[] curves =
        [
            ("loss: the negative ELBO", epoch => epoch.Loss, LinePattern.Solid),
            ("its part of the data", epoch => epoch.NegativeLogLikelihood, LinePattern.DenselyDashed),
            ("validation", epoch => -epoch.ValidationLogDensity, LinePattern.Dotted),
        ];
        int first = (int)Math.Ceiling(FirstShare * shown.Length);
        double[] values =
            [.. shown.Skip(first).SelectMany(epoch => curves.Select(curve => curve.Value(epoch))).OfType<double>().Where(double.IsFinite)];
        double low = values.Length == 0 ? 0 : values.Min(), high = values.Length == 0 ? 1 : values.Max();
        double margin = Math.Max(Margin * (high - low), LeastRange);
        FigureStyle.ShowRange(plot, shown[0].Number, shown[^1].Number, low - margin, high + margin);
        foreach (var (index, (name, value, pattern)) in curves.Index())
        {
            Coordinates[] places = [.. shown.Where(epoch => value(epoch) is { } number && double.IsFinite(number))
                .Select(epoch => new Coordinates(epoch.Number, value(epoch)!.Value))];
            if (places.Length == 0)
                continue;
            Scatter line = plot.Add.ScatterLine(places);
            line.LineColor = FigureColors.OfSeries(index);
            line.LineWidth = FigureStyle.ContourWidth;
            line.LinePattern = pattern;
            line.LegendText = name;
        }
        FigureStyle.AddLegend(plot);
        return plot;
    });
}
