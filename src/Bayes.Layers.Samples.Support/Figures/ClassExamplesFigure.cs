using System.Globalization;
using Bayes.Layers.Reports.Figures;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>Images, each next to bars for the probabilities of the classes with their intervals over the draws.</summary>
internal static class ClassExamplesFigure
{
    // A cell, in units of its height: an image, and bars that are as high as the image.
    private const double CellWidth = 2.16;
    private const double ImageLeft = 0.02;
    private const double ImageSize = 0.62;
    private const double Bottom = 0.18;
    private const double BarsLeft = 0.94;
    private const double BarsWidth = 1.1;
    private const double BarShare = 0.72;

    private const int WideWidth = 840;
    private const int NarrowWidth = 430;
    private const float SmallSize = FigureStyle.TickSize;
    private const float WhiskerWidth = 1.2f;

    private static readonly Color TrueColor = FigureColors.OfSeries(1);
    private static readonly Color OtherColor = FigureColors.OfSeries(2);

    /// <summary>Returns the figure.</summary>
    /// <param name="examples">The examples, row by row; at least one.</param>
    /// <param name="columns">Examples in a row of a wide page.</param>
    /// <param name="interval">Description of the intervals for the legend.</param>
    /// <param name="title">The title.</param>
    public static FigureDrawing Draw(IReadOnlyList<ClassExample> examples, int columns, string interval, string title)
    {
        RequireExamples(examples);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);

        // On a narrow page, an example lies below the other.
        return new FigureDrawing(title, isNarrow =>
        {
            int columnCount = isNarrow ? 1 : columns, rowCount = (examples.Count + columnCount - 1) / columnCount;
            Plot plot = FigureStyle.NewPlot(new AxisNames("", ""));
            plot.HideGrid();
            foreach (IAxis axis in plot.Axes.GetAxes())
            {
                axis.TickGenerator = new NumericManual();
                axis.FrameLineStyle.Width = 0;
            }
            plot.Axes.SetLimits(0, columnCount * CellWidth, -rowCount, 0);
            foreach (var (index, example) in examples.Index())
                AddCell(plot, example, index % columnCount * CellWidth, -(index / columnCount) - 1);
            AddLegendItem(plot, "P(the true class)", TrueColor);
            AddLegendItem(plot, "P(another class)", OtherColor);
            AddLegendItem(plot, interval, FigureColors.Ink);
            int width = isNarrow ? NarrowWidth : WideWidth;
            FigureStyle.AddLegend(plot, width);
            return (plot, new FigureSize(width, (int)(20 + FigureStyle.HeightOfLegend(plot) + rowCount * (width - 30) / (columnCount * CellWidth))));
        }, hasNarrow: true);
    }

    private static void AddCell(Plot plot, ClassExample example, double left, double bottom)
    {
        double floor = bottom + Bottom, ceiling = floor + ImageSize;
        Heatmap image = plot.Add.Heatmap(example.Pixels);
        image.Colormap = new ScottPlot.Colormaps.CustomInterpolated([Colors.White, Colors.Black]);
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
        foreach (double level in new[] { 0, 0.5, 1 })
        {
            double height = floor + level * ImageSize;
            AddLine(plot, left + BarsLeft, left + BarsLeft + BarsWidth, height, FigureColors.GridLine);
            plot.AddText(
                level.ToString("0.#", CultureInfo.InvariantCulture), left + BarsLeft - 0.03, height, SmallSize, Alignment.MiddleRight,
                color: FigureColors.Muted);
        }
        for (int index = 0; index < classes; index++)
        {
            double middle = left + BarsLeft + (index + 0.5) * step;
            Rectangle bar = plot.Add.Rectangle(
                middle - BarShare * step / 2, middle + BarShare * step / 2, floor, floor + ImageSize * example.Probability[index]);
            bar.FillColor = index == example.Class ? TrueColor : OtherColor;
            bar.LineWidth = 0;
            LinePlot whisker = plot.Add.Line(middle, floor + ImageSize * example.Lower[index], middle, floor + ImageSize * example.Upper[index]);
            whisker.LineColor = FigureColors.Ink;
            whisker.LineWidth = WhiskerWidth;
            plot.AddText(
                index.ToString(CultureInfo.InvariantCulture), middle, floor - 0.01, SmallSize, Alignment.UpperCenter, index == example.Class);
        }
        AddLine(plot, left + BarsLeft, left + BarsLeft + BarsWidth, floor, FigureColors.Ink);
        plot.AddText(example.Name, left + ImageLeft, ceiling + 0.01, SmallSize, Alignment.LowerLeft);
        string uncertainty = FormattableString.Invariant($"mutual inf. {example.MutualInformation:0.00}");
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

    private static void RequireExamples(IReadOnlyList<ClassExample> examples)
    {
        if (examples.Count == 0)
            throw new ArgumentException("There is no example to draw.", nameof(examples));
        foreach (ClassExample example in examples)
        {
            bool fits = example.Lower.Length == example.Probability.Length && example.Upper.Length == example.Probability.Length;
            if (!fits || example.Probability.Concat(example.Lower).Concat(example.Upper).Any(value => value is not (>= 0 and <= 1)))
                throw new ArgumentException(
                    $"The probabilities and intervals of '{example.Name}' must be as many, and lie in 0 to 1.", nameof(examples));
        }
    }
}
