using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The confusion matrix: the count of every pair of true and predicted class, and its share of the true class.</summary>
internal static class ConfusionMatrixFigure
{
    private const float TurnedAxisSize = 130;

    /// <summary>Writes the figure as a PNG file. Rows are true classes, columns are predicted ones.</summary>
    public static void Save(string path, long[,] counts, ClassNames? names = null, string title = "Confusion matrix")
    {
        if (counts.GetLength(0) != 2 || counts.GetLength(1) != 2)
            throw new ArgumentException("The confusion matrix must have 2 rows and 2 columns.", nameof(counts));
        if (counts.Cast<long>().Any(count => count < 0))
            throw new ArgumentException("A count must not be negative.", nameof(counts));
        names ??= ClassNames.Default;
        using Plot plot = FigureStyle.NewPlot(title, new AxisNames("predicted class", "true class"));
        Heatmap map = AddCells(plot, counts);
        AddTexts(plot, counts, map);
        NameClasses(plot, names);
        FigureStyle.AddColorBar(plot, map, "share of the true class (%)", NumberTicks.Between(0, 100, 5));
        FigureStyle.SavePng(plot, path);
    }

    private static Heatmap AddCells(Plot plot, long[,] counts)
    {
        var percentages = new double[2, 2];
        for (int row = 0; row < 2; row++)
            for (int column = 0; column < 2; column++)
                percentages[row, column] = Percentage(counts, row, column) ?? 0;

        Heatmap map = plot.Add.Heatmap(percentages);
        map.Colormap = FigureColors.Share();
        map.ManualRange = new ScottPlot.Range(0, 100);

        // Row 0 is at the top, as in a printed matrix.
        map.Position = new CoordinateRect(0, 1, 0, 1);
        plot.Axes.SetLimits(-0.5, 1.5, -0.5, 1.5);
        return map;
    }

    private static void AddTexts(Plot plot, long[,] counts, Heatmap map)
    {
        for (int row = 0; row < 2; row++)
            for (int column = 0; column < 2; column++)
            {
                double? percentage = Percentage(counts, row, column);
                Color color = FigureColors.TextOn(map.Colormap.GetColor((percentage ?? 0) / 100));
                string count = counts[row, column].ToString(CultureInfo.InvariantCulture);
                string share = percentage is null
                    ? "no such sample"
                    : percentage.Value.ToString("0.0", CultureInfo.InvariantCulture) + " %";
                plot.AddText(count, column, 1 - row, FigureStyle.CountSize, Alignment.LowerCenter, isBold: true, color);
                plot.AddText(share, column, 1 - row, FigureStyle.LabelSize, Alignment.UpperCenter, isBold: false, color);
            }
    }


    private static void NameClasses(Plot plot, ClassNames names)
    {
        plot.HideGrid();
        plot.Axes.Bottom.TickGenerator = new NumericManual([0, 1], [names.Zero, names.One]);
        plot.Axes.Left.TickGenerator = new NumericManual([1, 0], [names.Zero, names.One]);
        plot.Axes.Left.TickLabelStyle.Rotation = -90;
        plot.Axes.Left.TickLabelStyle.Alignment = Alignment.LowerCenter;

        // ScottPlot reserves room for the length of the names, but they are turned.
        plot.Axes.Left.MinimumSize = TurnedAxisSize;
        plot.Axes.Left.MaximumSize = TurnedAxisSize;
    }

    private static double? Percentage(long[,] counts, int row, int column)
    {
        double total = (double)counts[row, 0] + counts[row, 1];
        return total == 0 ? null : 100 * counts[row, column] / total;
    }
}
