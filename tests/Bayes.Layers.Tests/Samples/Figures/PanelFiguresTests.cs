using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Tests.Reports.Figures;

namespace Bayes.Layers.Tests.Samples.Figures;

/// <summary>The figures that compare methods in panels.</summary>
public sealed class PanelFiguresTests
{
    private static readonly double[] X = [.. Enumerable.Range(0, 51).Select(index => index / 5.0 - 5)];

    private static readonly PlaneGrid Grid = new(-2, 2, -1, 1, 21, 11);

    [Fact]
    public void Bands_are_drawn_on_one_scale() =>
        SavedFigure.ShouldBeDrawn(() => DrawBands([("first", Bands(0.2)), ("second", Bands(0.5))]), width: 900);

    [Fact]
    public void Bands_outside_the_scale_do_not_reach_other_panels()
    {
        byte[] figure = SavedFigure.Bytes(() => DrawBands([("first", Bands(0.2)), ("second", Bands(1000))]));
        SavedFigure.Bytes(() => DrawBands([("first", Bands(0.2)), ("second", Bands(2000))])).Should().Equal(figure);
        SavedFigure.Bytes(() => DrawBands([("first", Bands(0.2)), ("second", Bands(0.4))])).Should().NotEqual(figure);
    }

    [Fact]
    public void Maps_share_one_colour_scale()
    {
        SavedFigure.ShouldBeDrawn(() => DrawMaps(0.1, 0.2, 0.3, 0.4), width: 900);
        SavedFigure.Bytes(() => DrawMaps(0.1, 0.2)).Should().NotEqual(SavedFigure.Bytes(() => DrawMaps(0.2, 0.4)));
    }

    [Fact]
    public void Dots_show_each_number_on_its_scale()
    {
        SavedFigure.ShouldBeDrawn(() => DrawDots(0.9), width: 1000);
        SavedFigure.Bytes(() => DrawDots(0.8)).Should().NotEqual(SavedFigure.Bytes(() => DrawDots(0.9)));
    }

    [Theory]
    [InlineData(1, false, 1, 1)]
    [InlineData(4, false, 2, 2)]
    [InlineData(7, false, 3, 3)]
    [InlineData(12, false, 4, 3)]
    [InlineData(3, true, 1, 3)]
    [InlineData(7, true, 2, 4)]
    public void Panels_lie_apart_in_rows_from_the_top(int count, bool isNarrow, int columns, int rows)
    {
        var panels = new PanelGrid(Grid, count, isNarrow);
        (panels.Columns, panels.Rows).Should().Be((columns, rows));
        panels.Panels.Should().HaveCount(count);
        for (int index = 1; index < count; index++)
        {
            var (before, panel) = (panels.Panels[index - 1], panels.Panels[index]);
            if (index % columns == 0)
                panel.YMax.Should().BeLessThan(before.YMin);
            else
                panel.XMin.Should().BeGreaterThan(before.XMax);
        }
    }

    [Fact]
    public void Invalid_input_is_refused()
    {
        SavedFigure.ShouldBeRefused(() => DrawBands([]), "There is no prediction to draw.*");
        SavedFigure.ShouldBeRefused(() => DrawMaps(), "There is no map to draw.*");
        SavedFigure.ShouldBeRefused(() => DrawDots(double.NaN), "'accuracy' must have at least one value, all of them finite.*");
        SavedFigure.ShouldBeRefused(
            () => MethodDotsFigure.Draw(["a"], [new DotPanel("seconds", [0], IsLogarithmic: true)], ""), "'seconds' must * and above 0.*");
        SavedFigure.ShouldBeRefused(
            () => MethodDotsFigure.Draw(["a", "b"], [new DotPanel("seconds", [1], IsLogarithmic: false)], ""),
            "'seconds' has 1 values; expected one for each of 2 methods.*");
    }

    private static PredictiveBands Bands(double stddev) =>
        new(X, Array.ConvertAll(X, Math.Sin), Array.ConvertAll(X, _ => 0.1), Array.ConvertAll(X, _ => stddev), []);

    private static FigureDrawing DrawBands(IReadOnlyList<(string Title, PredictiveBands Bands)> predictions) =>
        BandPanelsFigure.Draw(predictions, Math.Sin, [(-4, 0.7), (-2, -0.9), (3, 0.1)], (-1, 1), "Bands");

    private static FigureDrawing DrawMaps(params double[] levels) => MapPanelsFigure.Draw(Grid,
        [.. levels.Select(level => new MapPanel($"{level}", Values((x, _) => level * Math.Abs(x) / 2), Values((x, y) => (x + y + 3) / 6)))],
        [new PlanePoint(-1, 0, 0), new PlanePoint(1, 0.5, 1)], new AxisNames("x", "y"), "nats", "Maps");

    private static FigureDrawing DrawDots(double accuracy) => MethodDotsFigure.Draw(["first", "second", "third"],
        [new DotPanel("accuracy", [accuracy, 0.7, null], IsLogarithmic: false), new DotPanel("seconds", [0.5, 20, 3], IsLogarithmic: true)], "Dots");

    private static double[,] Values(Func<double, double, double> of)
    {
        var values = new double[Grid.Rows, Grid.Columns];
        for (int row = 0; row < Grid.Rows; row++)
            for (int column = 0; column < Grid.Columns; column++)
                values[row, column] = of(Grid.XAt(column), Grid.YAt(row));
        return values;
    }
}
