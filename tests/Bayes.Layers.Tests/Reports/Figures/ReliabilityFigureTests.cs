using Bayes.Layers.Evaluation;
using Bayes.Layers.Reports.Figures;

namespace Bayes.Layers.Tests.Reports.Figures;

public sealed class ReliabilityFigureTests
{
    private static readonly ReliabilityBin Filled = new(0, 0.5, 4, 0.3, 0.25);

    private static readonly ReliabilityBin Empty = new(0.5, 1, 0, null, null);

    private static FigureDrawing Draw(ReliabilityBin[] bins) => ReliabilityFigure.Draw(bins, new AxisNames("P(one)", "share"), "Reliability");

    [Fact]
    public void It_has_the_common_size_and_is_deterministic() =>
        SavedFigure.ShouldBeDrawn(
            () => Draw([.. SyntheticEvaluation.Bins]));

    [Fact]
    public void An_empty_bin_does_not_change_the_figure()
    {
        byte[] without = SavedFigure.Bytes(() => Draw([Filled]));
        SavedFigure.Bytes(() => Draw([Filled, Empty])).Should().Equal(without);
        SavedFigure.Bytes(() => Draw([Filled, Empty with { Count = 1, MeanProbability = 0.7, Frequency = 0 }]))
            .Should().NotEqual(without, "a frequency of zero is something else");
    }

    [Fact]
    public void A_single_certain_example_and_many_narrow_bins_can_be_drawn()
    {
        SavedFigure.Bytes(() => Draw([new(0.9, 1, 1, 1, 1)])).Should().NotBeEmpty();
        ReliabilityBin[] narrow =
            [.. Enumerable.Range(0, 50).Select(index => new ReliabilityBin(index / 50.0, (index + 1) / 50.0, 1000, index / 50.0, 0.5))];
        SavedFigure.Bytes(() => Draw(narrow)).Should().NotBeEmpty();
    }

    public static TheoryData<ReliabilityBin> Bad =>
    [
        Filled with { Frequency = null },
        Filled with { MeanProbability = null },
        Filled with { Frequency = 1.1 },
        Filled with { MeanProbability = double.NaN },
        Filled with { Count = -1 },
        Filled with { Count = 0 },
        Filled with { Lower = 0.5 },
        Filled with { Upper = 2 },
        Empty with { Frequency = 0 },
    ];

    [Theory]
    [MemberData(nameof(Bad))]
    public void An_invalid_bin_is_refused(ReliabilityBin bin) =>
        SavedFigure.ShouldBeRefused(() => Draw([Filled, bin]), $"bins must *, but bin 1 is {bin}.*");

    [Fact]
    public void Bins_without_examples_are_refused()
    {
        SavedFigure.ShouldBeRefused(() => Draw([]), "There is no example in any bin.*");
        SavedFigure.ShouldBeRefused(() => Draw([Empty]), "There is no example in any bin.*");
    }
}
