using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Samples.DataSets;

public sealed class StratifiedSplitTests
{
    private static readonly int[] Classes = [.. Enumerable.Range(0, 300).Select(row => row % 10 == 0 ? 2 : row % 2)];

    [Fact]
    public void Every_row_is_in_one_part_and_every_class_has_its_share_in_both()
    {
        var split = StratifiedSplit.Of(Classes, 1.0 / 3, seed: 4);
        split.Train.Concat(split.Test).Order().Should().Equal(Enumerable.Range(0, Classes.Length));
        foreach (int index in new[] { 0, 1, 2 })
            split.Test.Count(row => Classes[row] == index).Should().Be((int)Math.Round(Classes.Count(each => each == index) / 3.0));
    }

    [Fact]
    public void Equal_seeds_give_equal_splits_and_other_seeds_other_splits()
    {
        var split = StratifiedSplit.Of(Classes, 0.5, seed: 4);
        StratifiedSplit.Of(Classes, 0.5, seed: 4).Should().BeEquivalentTo(split, options => options.WithStrictOrdering());
        StratifiedSplit.Of(Classes, 0.5, seed: 5).Test.Should().NotBeEquivalentTo(split.Test);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    public void A_share_outside_0_to_1_is_refused(double share) =>
        FluentActions.Invoking(() => StratifiedSplit.Of(Classes, share, seed: 0)).Should().Throw<ArgumentOutOfRangeException>();
}
