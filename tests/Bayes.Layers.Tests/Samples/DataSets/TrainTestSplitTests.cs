using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Samples.DataSets;

public class TrainTestSplitTests
{
    [Fact]
    public void Equals_the_split_of_scikit_learn_index_for_index()
    {
        var split = TrainTestSplit.Half(BreastCancerGolden.Rows, seed: 0);

        split.Test.Should().Equal(BreastCancerGolden.TestIndices);
        split.Train.Should().Equal(BreastCancerGolden.TrainIndices);
    }

    // The first five test indices of scikit-learn 1.2.1 on NumPy 1.24.2.
    [Theory]
    [InlineData(569, 0u, new[] { 512, 457, 439, 298, 37 })]
    [InlineData(569, 1u, new[] { 421, 47, 292, 186, 414 })]
    [InlineData(569, 2u, new[] { 528, 291, 467, 108, 340 })]
    [InlineData(569, 3u, new[] { 266, 448, 420, 493, 321 })]
    [InlineData(569, 4u, new[] { 340, 382, 300, 262, 363 })]
    [InlineData(569, 5u, new[] { 28, 163, 123, 361, 549 })]
    [InlineData(569, 6u, new[] { 53, 22, 371, 467, 131 })]
    [InlineData(569, 7u, new[] { 350, 259, 115, 60, 275 })]
    [InlineData(569, uint.MaxValue, new[] { 342, 553, 558, 123, 116 })]
    [InlineData(10, 0u, new[] { 2, 8, 4, 9, 1 })]
    [InlineData(10, 3u, new[] { 5, 4, 1, 2, 9 })]
    [InlineData(10, uint.MaxValue, new[] { 6, 9, 5, 1, 8 })]
    [InlineData(3, 0u, new[] { 2, 1 })]
    [InlineData(3, 1u, new[] { 0, 2 })]
    [InlineData(2, 0u, new[] { 1 })]
    [InlineData(2, 1u, new[] { 0 })]
    public void Starts_like_the_split_of_scikit_learn(int rows, uint seed, int[] firstTestIndices)
    {
        TrainTestSplit.Half(rows, seed).Test.Take(5).Should().Equal(firstTestIndices);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void Puts_each_row_into_exactly_one_part(int rows)
    {
        for (var seed = 0u; seed < 5; seed++)
        {
            var split = TrainTestSplit.Half(rows, seed);

            split.Train.Concat(split.Test).Order().Should().Equal(Enumerable.Range(0, rows));
            split.Train.Length.Should().Be(rows / 2);
        }
    }

    [Fact]
    public void Equal_seeds_give_equal_splits_and_other_seeds_other_splits()
    {
        var split = TrainTestSplit.Half(100, seed: 5);

        TrainTestSplit.Half(100, seed: 5).Should().BeEquivalentTo(split, options => options.WithStrictOrdering());
        TrainTestSplit.Half(100, seed: 6).Test.Should().NotEqual(split.Test);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-1)]
    public void Refuses_fewer_than_two_rows(int rows)
    {
        FluentActions.Invoking(() => TrainTestSplit.Half(rows, seed: 0))
            .Should().Throw<ArgumentOutOfRangeException>();
    }
}
