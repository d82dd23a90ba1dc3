using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Images in rows and columns, each next to bars for the probabilities of the classes with their intervals over the draws.</summary>
internal static class DigitExamplesFigure
{
    // A cell, in units of its height: an image, and bars that are as high as the image.
    private const double CellWidth = 2.06;
    private const double ImageLeft = 0.02;
    private const double ImageSize = 0.74;
    private const double Bottom = 0.13;
    private const double BarsLeft = 0.86;
    private const double BarsWidth = 1.1;
    private const double BarShare = 0.72;

    private const int Width = 1600;
    private const float SmallSize = 22;
    private const float WhiskerWidth = 2.5f;

    private static readonly Color TrueColor = FigureColors.OfSeries(1);
    private static readonly Color OtherColor = FigureColors.OfSeries(2);

    /// <summary>Writes the figure as a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">Examples, as many in each row as there are columns.</param>
    /// <param name="columns">Text above each column.</param>
    /// <param name="interval">Description of the intervals for the legend.</param>
    /// <param name="title">The title.</param>
    public static void Save(
        string path, IReadOnlyList<IReadOnlyList<DigitExample>> rows, IReadOnlyList<string> columns, string interval, string title)
    {
        RequireExamples(rows, columns);
        using Plot plot = FigureStyle.NewPlot(title, new AxisNames("", ""));
        plot.HideGrid();
        foreach (IAxis axis in plot.Axes.GetAxes())
        {
            axis.TickGenerator = new NumericManual();
            axis.FrameLineStyle.Width = 0;
        }
        plot.Axes.SetLimits(0, columns.Count * CellWidth, -rows.Count, 0);
        IXAxis names = FigureStyle.ShowTopAxis(plot, "", [.. columns.Select((name, column) => new Tick((column + 0.5) * CellWidth, name))]);
        names.MajorTickStyle.Length = 0;
        names.TickLabelStyle.FontSize = FigureStyle.LabelSize;
        for (int row = 0; row < rows.Count; row++)
            for (int column = 0; column < columns.Count; column++)
                AddCell(plot, rows[row][column], column * CellWidth, -row - 1);
        AddLegendItem(plot, "P(the true digit)", TrueColor);
        AddLegendItem(plot, "P(another digit)", OtherColor);
        AddLegendItem(plot, interval, FigureColors.Ink);
        FigureStyle.AddLegend(plot);
        FigureStyle.SavePng(plot, path, Width, 220 + 310 * rows.Count);
    }

    private static void AddCell(Plot plot, DigitExample example, double left, double bottom)
    {
        double floor = bottom + Bottom, ceiling = floor + ImageSize;
        Heatmap image = plot.Add.Heatmap(example.Pixels);
        image.Colormap = new ScottPlot.Colormaps.CustomInterpolated([FigureColors.Paper, FigureColors.Ink]);
        image.ManualRange = new ScottPlot.Range(0, 1);
        image.Smooth = false;

        // ScottPlot expects the centres of the outermost pixels.
        double half = ImageSize / example.Pixels.GetLength(0) / 2;
        double right = left + ImageLeft + ImageSize;
        image.Position = new CoordinateRect(left + ImageLeft + half, right - half, floor + half, ceiling - half);
        Rectangle frame = plot.Add.Rectangle(left + ImageLeft, right, floor, ceiling);
        frame.FillColor = Colors.Transparent;
        frame.LineColor = FigureColors.Muted;
        frame.LineWidth = FigureStyle.FrameWidth;

        int classes = example.Probability.Length;
        double step = BarsWidth / classes;
        foreach (double level in new[] { 0.5, 1 })
            AddLine(plot, left + BarsLeft, left + BarsLeft + BarsWidth, floor + level * ImageSize, FigureColors.GridLine);
        for (int index = 0; index < classes; index++)
        {
            double middle = left + BarsLeft + (index + 0.5) * step;
            Rectangle bar = plot.Add.Rectangle(
                middle - BarShare * step / 2, middle + BarShare * step / 2, floor, floor + ImageSize * example.Probability[index]);
            bar.FillColor = index == example.Digit ? TrueColor : OtherColor;
            bar.LineWidth = 0;
            LinePlot whisker = plot.Add.Line(middle, floor + ImageSize * example.Lower[index], middle, floor + ImageSize * example.Upper[index]);
            whisker.LineColor = FigureColors.Ink;
            whisker.LineWidth = WhiskerWidth;
            plot.AddText(
                index.ToString(CultureInfo.InvariantCulture), middle, floor - 0.01, SmallSize, Alignment.UpperCenter, index == example.Digit);
        }
        AddLine(plot, left + BarsLeft, left + BarsLeft + BarsWidth, floor, FigureColors.Ink);
        string uncertainty = FormattableString.Invariant($"mutual information {example.MutualInformation:0.00}");
        plot.AddText(uncertainty, left + BarsLeft + BarsWidth / 2, ceiling + 0.01, SmallSize, Alignment.LowerCenter);
    }

    private static void AddLine(Plot plot, double left, double right, double height, Color color)
    {
        LinePlot line = plot.Add.Line(left, height, right, height);
        line.LineColor = color;
        line.LineWidth = FigureStyle.FrameWidth;
    }


    private static void AddLegendItem(Plot plot, string name, Color color)
    {
        // Not visible in the plot: bars are drawn one by one, but the legend lists each kind once.
        Markers marker = plot.Add.Markers(new Coordinates[] { new(-1, 1) });
        marker.MarkerShape = color == FigureColors.Ink ? MarkerShape.VerticalBar : MarkerShape.FilledSquare;
        marker.MarkerSize = FigureStyle.MarkerSize;
        marker.MarkerStyle.FillColor = color;
        marker.MarkerStyle.LineColor = color;
        marker.MarkerStyle.LineWidth = WhiskerWidth;
        marker.LegendText = name;
    }

    private static void RequireExamples(IReadOnlyList<IReadOnlyList<DigitExample>> rows, IReadOnlyList<string> columns)
    {
        if (rows.Count == 0 || columns.Count == 0)
            throw new ArgumentException("There is no example to draw.", nameof(rows));
        foreach (IReadOnlyList<DigitExample> row in rows)
        {
            if (row.Count != columns.Count)
                throw new ArgumentException($"A row has {row.Count} examples; expected one for each of {columns.Count} columns.", nameof(rows));
            foreach (DigitExample example in row)
            {
                bool fits = example.Lower.Length == example.Probability.Length && example.Upper.Length == example.Probability.Length;
                if (!fits || example.Probability.Concat(example.Lower).Concat(example.Upper).Any(value => value is not (>= 0 and <= 1)))
                    throw new ArgumentException(
                        $"The probabilities and intervals of a {example.Digit} must be as many, and lie in 0 to 1.", nameof(rows));
            }
        }
    }
}
