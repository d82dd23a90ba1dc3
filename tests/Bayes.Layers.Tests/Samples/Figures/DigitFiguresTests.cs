using Bayes.Layers.Conversion;
using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Tests.Reports.Figures;

namespace Bayes.Layers.Tests.Samples.Figures;

public sealed class DigitFiguresTests
{
    private static readonly RotationPoint[] Turned = [new(0, 0.03, 0.98), new(45, 0.42, 0.25), new(90, 0.3, 0.1)];

    private static readonly PruningPoint[] Pruned = [new(0, 0, 1000, 0.98), new(0.5, 500, 1000, 0.97), new(0.9, 900, 1000, 0.4)];

    private static readonly ClassExample Example = new(
        "upright", Pixels(), 3, Spread(0.6), Spread(0.3), [.. Spread(0.6).Select(value => Math.Min(1, value + 0.2))], 0.4);

    [Fact]
    public void Figures_have_their_size_and_are_deterministic()
    {
        SavedFigure.ShouldBeDrawn(() => RotationFigure.Draw(Turned, "Turned"));
        SavedFigure.ShouldBeDrawn(() => PruningFigure.Draw(Pruned, 599, "Pruned"));
        SavedFigure.ShouldBeDrawn(() => ClassExamplesFigure.Draw([Example, Example, Example, Example], 2, "90 %", "Examples"),
            width: 840);
    }

    [Fact]
    public void Every_input_changes_the_figure()
    {
        byte[] figure = SavedFigure.Bytes(() => RotationFigure.Draw(Turned, "Turned"));
        SavedFigure.Bytes(() => RotationFigure.Draw([Turned[0], Turned[1] with { Accuracy = 0.5 }, Turned[2]], "Turned"))
            .Should().NotEqual(figure);
        SavedFigure.Bytes(() => RotationFigure.Draw([Turned[0], Turned[1] with { MutualInformation = 0.2 }, Turned[2]], "Turned"))
            .Should().NotEqual(figure);
        byte[] example = SavedFigure.Bytes(() => DrawExample(Example));
        SavedFigure.Bytes(() => DrawExample(Example with { Class = 4 })).Should().NotEqual(example);
        SavedFigure.Bytes(() => DrawExample(Example with { Lower = Example.Probability })).Should().NotEqual(example);
    }

    [Fact]
    public void Tiny_uncertainties_can_be_drawn() =>
        SavedFigure.Bytes(() => RotationFigure.Draw([new(0, 0, 1), new(10, 0, 1)], "Sure")).Should().NotBeEmpty();

    [Fact]
    public void Invalid_input_is_refused()
    {
        SavedFigure.ShouldBeRefused(() => RotationFigure.Draw(Turned[..1], ""), "There are 1 angles; expected at least 2.*");
        SavedFigure.ShouldBeRefused(() => RotationFigure.Draw([Turned[1], Turned[0]], ""),
            "The angles must rise and hold *, but point 1 is *");
        SavedFigure.ShouldBeRefused(() => RotationFigure.Draw([Turned[0], Turned[1] with { Accuracy = 1.5 }], ""),
            "The angles must rise and hold *, but point 1 is *");
        SavedFigure.ShouldBeRefused(() => PruningFigure.Draw(Pruned[1..], 599, ""), "The curve must begin where nothing is pruned.*");
        SavedFigure.ShouldBeRefused(() => PruningFigure.Draw([Pruned[0], Pruned[2], Pruned[1]], 599, ""),
            "The points must go from left to right *, but point 2 is *");
        SavedFigure.ShouldBeRefused(() => ClassExamplesFigure.Draw([], 1, "", ""), "There is no example to draw.*");
        SavedFigure.ShouldBeRefused(() => DrawExample(Example with { Upper = [1] }),
            "The probabilities and intervals of 'upright' must be as many, and lie in 0 to 1.*");
    }

    private static FigureDrawing DrawExample(ClassExample example) =>
        ClassExamplesFigure.Draw([example], 1, "90 % of the draws", "Example");

    private static double[] Spread(double most) => [.. Enumerable.Range(0, 10).Select(digit => digit == 3 ? most : (1 - most) / 9)];

    private static double[,] Pixels()
    {
        var pixels = new double[8, 8];
        for (int index = 0; index < 8; index++)
            pixels[index, index] = index / 7.0;
        return pixels;
    }
}
