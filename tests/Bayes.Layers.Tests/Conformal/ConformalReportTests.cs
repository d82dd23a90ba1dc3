using Bayes.Layers.Conformal;

namespace Bayes.Layers.Tests.Conformal;

public sealed class ConformalReportTests : TorchTest
{
    private static Tensor Groups => tensor(new long[] { 1, 1, 1, 0 });

    private static ConformalIntervals Intervals(double[] lower, double[] upper, params long[] shape) =>
        new(tensor(lower).reshape(shape), tensor(upper).reshape(shape), 0.9, null);

    private static ConformalSets Sets(bool[,] contains, string? caution = null)
    {
        var tensor = torch.tensor(contains);
        return new(tensor, tensor.sum([1L]), 0.75, caution);
    }

    [Fact]
    public void Intervals_are_counted()
    {
        using var intervals = Intervals([0, 0, 0, double.NegativeInfinity], [1, 2, 6, double.PositiveInfinity], 4, 1);
        var report = ConformalReport.Of(intervals, tensor(new double[] { 1, 3, 4, 9 }).unsqueeze(1), Groups);
        report.All.Should().BeEquivalentTo(new { Group = (long?)null, Count = 4, Share = 0.75, MeanSize = 3.0, UnboundedCount = 1, EmptyCount = 0 });
        report.All.Lower.Should().BeApproximately(0.19412045, 1e-7);
        report.All.Upper.Should().BeApproximately(0.99369052, 1e-7);
        report.Groups.Select(group => (group.Group, group.Count, group.Share, group.MeanSize)).Should().Equal(
            (0, 1, 1, null), (1, 3, 2.0 / 3, 3));
    }

    /// <summary>A row of several outputs is one trial: its outputs may depend on each other.</summary>
    [Fact]
    public void A_row_counts_by_the_share_of_its_outputs()
    {
        using var intervals = Intervals([0, 0, 0, 0], [1, 1, 1, 1], 2, 2);
        var report = ConformalReport.Of(intervals, tensor(new double[] { 0.5, 2, 0.5, 0.5 }).reshape(2, 2));
        report.All.Should().BeEquivalentTo(new { Count = 2, Share = 0.75, MeanSize = 1.0 });
    }

    [Fact]
    public void Sets_are_counted()
    {
        using var sets = Sets(new[,] { { true, true, true }, { false, true, false }, { false, false, false }, { true, true, false } });
        var report = ConformalReport.Of(sets, tensor(new long[] { 2, 0, 1, 0 }), Groups);
        report.All.Should().BeEquivalentTo(new { Count = 4, Share = 0.5, MeanSize = 1.5, UnboundedCount = 1, EmptyCount = 1 });
        report.Groups.Select(group => group.Share).Should().Equal(1, 1.0 / 3);
    }

    [Fact]
    public void The_text_is_a_table_in_every_culture()
    {
        using var foreign = new ForeignCulture();
        using var intervals = Intervals([0, 0, 0, double.NegativeInfinity], [1, 2, 6, double.PositiveInfinity], 4, 1);
        ConformalReport.Of(intervals, tensor(new double[] { 1, 3, 4, 9 }).unsqueeze(1), Groups).ToString().Should().Be(
            """
            4 rows, coverage 0.9 asked for
              coverage                          0.7500  from 0.1941 to 0.9937, with confidence 0.95
              mean width                        3.0000
              infinite intervals                     1
              coverage in group 0               1.0000  from 0.0250 to 1.0000, 1 rows, mean width -
              coverage in group 1               0.6667  from 0.0943 to 0.9916, 3 rows, mean width 3.0000
            """.ReplaceLineEndings("\n"));
        using var sets = Sets(new[,] { { true, false }, { false, false } }, "Beware.");
        ConformalReport.Of(sets, tensor(new double[] { 0, 1 })).ToString().Should().Be(
            """
            2 rows, coverage 0.75 asked for
              coverage                          0.5000  from 0.0126 to 0.9874, with confidence 0.95
              mean number of classes            0.5000
              sets of all classes                    0
              empty sets                             1
            Beware.
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Bad_input_is_refused_in_a_sentence()
    {
        using var intervals = Intervals([0, double.NaN], [1, 1], 2, 1);
        using var sets = Sets(new[,] { { true, false }, { false, false } });
        Refuses(() => ConformalReport.Of(intervals, zeros(2, 1)), "An interval has the end NaN; *");
        Refuses(() => ConformalReport.Of(intervals, zeros(2)), "*expected equal shapes: use target.unsqueeze(1)*");
        Refuses(() => ConformalReport.Of(sets, zeros(3)), "The target has shape [3]; expected [2] or [2, 1], a class for each row.*");
        Refuses(() => ConformalReport.Of(sets, full(2, 2)), "A target is 2; expected 0 or 1*");
        Refuses(() => ConformalReport.Of(sets, zeros(2), Groups), "groups has shape [4]; expected [2], *");
        Refuses(() => ConformalReport.Of(sets, zeros(2), confidence: 1), "confidence is 1; *");
    }

    private static void Refuses(Action act, string message) => act.Should().Throw<ArgumentException>().WithMessage(message);
}
