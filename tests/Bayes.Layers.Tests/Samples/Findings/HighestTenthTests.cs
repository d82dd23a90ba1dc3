using Bayes.Layers.Samples.Support.Findings;

namespace Bayes.Layers.Tests.Samples.Findings;

public sealed class HighestTenthTests
{
    [Fact]
    public void It_contains_the_ten_highest_of_a_hundred_cells()
    {
        var values = new double[4, 25];
        for (int index = 0; index < 100; index++)
            values[index % 4, index / 4] = index;
        var highest = new HighestTenth(values);
        highest.Cells.Should().Be(10);
        Enumerable.Range(0, 100).Where(value => highest.WeightOf(value) == 1).Should().Equal(Enumerable.Range(90, 10));
        highest.WeightOf(89).Should().Be(0);
    }

    [Fact]
    public void Equal_cells_share_the_remaining_weight()
    {
        var values = new double[5, 8];
        values[2, 3] = 1;
        var highest = new HighestTenth(values);
        highest.WeightOf(1).Should().Be(1);
        highest.WeightOf(0).Should().BeApproximately(3.0 / 39, 1e-12);
        values.Cast<double>().Sum(highest.WeightOf).Should().BeApproximately(highest.Cells, 1e-12);
    }

    [Fact]
    public void It_is_never_empty() => new HighestTenth(new double[2, 2]).Cells.Should().Be(1);

    [Fact]
    public void A_tenth_is_rounded_down() => new HighestTenth(new double[5, 5]).Cells.Should().Be(2);
}
