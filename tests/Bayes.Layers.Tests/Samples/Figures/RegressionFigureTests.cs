using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Tests.Reports.Figures;

namespace Bayes.Layers.Tests.Samples.Figures;

public sealed class RegressionFigureTests
{
    private static readonly double[] X = [.. Enumerable.Range(0, 101).Select(index => index / 10.0 - 5)];

    private static readonly PredictiveBands Bands = new(
        X, Array.ConvertAll(X, Math.Sin), Array.ConvertAll(X, _ => 0.2), Array.ConvertAll(X, x => 0.2 + Math.Exp(-x * x)),
        [Array.ConvertAll(X, x => Math.Sin(x) + Math.Exp(-x * x)), Array.ConvertAll(X, x => Math.Sin(x) - Math.Exp(-x * x))]);

    [Fact]
    public void It_has_the_common_size_and_is_deterministic() =>
        SavedFigure.ShouldBeDrawn(() => Draw(Bands));

    [Fact]
    public void Bands_and_functions_change_the_figure()
    {
        byte[] figure = SavedFigure.Bytes(() => Draw(Bands));
        SavedFigure.Bytes(() => Draw(Bands with { AleatoricStddev = Array.ConvertAll(X, _ => 0.1) })).Should().NotEqual(figure);
        SavedFigure.Bytes(() => Draw(Bands with { Functions = [] })).Should().NotEqual(figure);
    }

    [Fact]
    public void Invalid_input_is_refused()
    {
        SavedFigure.ShouldBeRefused(() => Draw(new PredictiveBands([1], [1], [1], [1], [])),
            "The prediction is at 1 places; expected at least 2.*");
        SavedFigure.ShouldBeRefused(() => Draw(Bands with { Mean = [1, 2] }), "A curve has 2 values; expected one for each of 101 places.*");
        SavedFigure.ShouldBeRefused(
            () => Draw(Bands with { TotalStddev = Array.ConvertAll(X, x => x == 0 ? double.NaN : 1) }),
            "A curve must hold finite numbers only, but its value 50 is not.*");
    }

    private static FigureDrawing Draw(PredictiveBands bands) =>
        RegressionFigure.Draw(bands, Math.Sin, [(-4, -0.8), (-2, -0.9), (3, 0.1)], (-1, 1), "A regression");
}
