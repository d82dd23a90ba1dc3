using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Tests.Samples.Figures;

public sealed class RegressionFigureTests
{
    private static readonly double[] X = [.. Enumerable.Range(0, 101).Select(index => index / 10.0 - 5)];

    private static readonly PredictiveBands Bands = new(
        X, Array.ConvertAll(X, Math.Sin), Array.ConvertAll(X, _ => 0.2), Array.ConvertAll(X, x => 0.2 + Math.Exp(-x * x)),
        [Array.ConvertAll(X, x => Math.Sin(x) + Math.Exp(-x * x)), Array.ConvertAll(X, x => Math.Sin(x) - Math.Exp(-x * x))]);

    [Fact]
    public void It_has_the_common_size_and_is_deterministic() =>
        SavedFigure.ShouldBeDrawn(path => Save(path, Bands), FigureStyle.Width, FigureStyle.Height);

    [Fact]
    public void Bands_and_functions_change_the_figure()
    {
        byte[] figure = SavedFigure.Bytes(path => Save(path, Bands));
        SavedFigure.Bytes(path => Save(path, Bands with { AleatoricStddev = Array.ConvertAll(X, _ => 0.1) })).Should().NotEqual(figure);
        SavedFigure.Bytes(path => Save(path, Bands with { Functions = [] })).Should().NotEqual(figure);
    }

    [Fact]
    public void Invalid_input_is_refused()
    {
        SavedFigure.ShouldBeRefused(path => Save(path, new PredictiveBands([1], [1], [1], [1], [])),
            "The prediction is at 1 places; expected at least 2.*");
        SavedFigure.ShouldBeRefused(path => Save(path, Bands with { Mean = [1, 2] }), "A curve has 2 values; expected one for each of 101 places.*");
        SavedFigure.ShouldBeRefused(
            path => Save(path, Bands with { TotalStddev = Array.ConvertAll(X, x => x == 0 ? double.NaN : 1) }),
            "A curve must hold finite numbers only, but its value 50 is not.*");
    }

    private static void Save(string path, PredictiveBands bands) =>
        RegressionFigure.Save(path, bands, Math.Sin, [(-4, -0.8), (-2, -0.9), (3, 0.1)], (-1, 1), "A regression");
}
