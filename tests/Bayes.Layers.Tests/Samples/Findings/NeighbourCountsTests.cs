using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Findings;

namespace Bayes.Layers.Tests.Samples.Findings;

public sealed class NeighbourCountsTests
{
    private static readonly PlaneGrid Grid = new(-2, 3, -1, 4, Columns: 37, Rows: 23);

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.01)]
    [InlineData(20)]
    public void Counts_equal_those_from_all_distances(double radius)
    {
        var random = new Random(5);

        // Some points lie outside the grid, as for a map of a part of the plane.
        PlanePoint[] points = [.. Enumerable.Range(0, 200).Select(_ =>
            new PlanePoint(8 * random.NextDouble() - 4, 8 * random.NextDouble() - 3, random.Next(2)))];
        var near = new NeighbourCounts(Grid, points, radius);
        for (int row = 0; row < Grid.Rows; row++)
            for (int column = 0; column < Grid.Columns; column++)
            {
                double x = Grid.XAt(column), y = Grid.YAt(row);
                PlanePoint[] inside = [.. points.Where(point => Math.Pow(point.X - x, 2) + Math.Pow(point.Y - y, 2) <= radius * radius)];
                near.OfZero(row, column).Should().Be(inside.Count(point => point.Class == 0));
                near.OfOne(row, column).Should().Be(inside.Count(point => point.Class == 1));
                near.OfAny(row, column).Should().Be(inside.Length);
            }
    }
}
