using Bayes.Layers.Evaluation;
using Bayes.Layers.Reports.Figures;

namespace Bayes.Layers.Tests.Reports.Figures;

public sealed class RejectionFigureTests
{
    private static RejectionLine Line(params RejectionPoint[] points) => RejectionLine.OfAccuracy("by entropy", points);

    private static FigureDrawing Draw(RejectionLine[] lines) => RejectionFigure.Draw(lines, RejectionFigure.Accuracy, "Rejection");

    [Fact]
    public void It_has_the_common_size_and_is_deterministic() =>
        SavedFigure.ShouldBeDrawn(() => Draw([.. SyntheticEvaluation.Lines]));

    [Fact]
    public void Points_with_few_examples_are_not_drawn()
    {
        RejectionPoint[] many = [new(0, 100, 0.8), new(0.5, 50, 0.9), new(0.8, RejectionFigure.LeastRetained, 0.95)];
        byte[] without = SavedFigure.Bytes(() => Draw([Line(many)]));
        SavedFigure.Bytes(() => Draw([Line([.. many, new(0.9, 10, 0.1), new(0.99, 1, 0)])])).Should().Equal(without);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void Accuracies_of_0_and_1_can_be_drawn(double accuracy) =>
        SavedFigure.Bytes(() => Draw([Line(new(0, 40, accuracy), new(0.5, 20, accuracy))])).Should().NotBeEmpty();

    [Fact]
    public void A_single_example_can_be_drawn() =>
        SavedFigure.Bytes(() => Draw([Line(new RejectionPoint(0, 1, 1))])).Should().NotBeEmpty();

    [Fact]
    public void Curves_of_other_examples_are_refused() =>
        SavedFigure.ShouldBeRefused(
            () => Draw([Line(new RejectionPoint(0, 100, 0.8)), Line(new RejectionPoint(0, 99, 0.8))]),
            "The curves must be of the same examples*");

    [Fact]
    public void A_missing_curve_and_a_curve_that_begins_late_are_refused()
    {
        SavedFigure.ShouldBeRefused(() => Draw([]), "There is no curve to draw.*");
        foreach (var line in new[] { Line(), Line(new RejectionPoint(0.1, 90, 0.8)) })
            SavedFigure.ShouldBeRefused(() => Draw([line]),
                "The curve 'by entropy' must begin where nothing is set aside.*");
    }

    [Theory]
    [InlineData(0, 50, 0.9)]
    [InlineData(1, 50, 0.9)]
    [InlineData(0.5, 0, 0.9)]
    [InlineData(0.5, 50, 1.1)]
    [InlineData(0.5, 50, double.NaN)]
    [InlineData(double.NaN, 50, 0.9)]
    public void An_invalid_point_is_refused(double share, long retained, double accuracy) =>
        SavedFigure.ShouldBeRefused(
            () => Draw([Line(new(0, 100, 0.8), new(share, retained, accuracy))]),
            "The points of 'by entropy' must *, but * is *");
}
