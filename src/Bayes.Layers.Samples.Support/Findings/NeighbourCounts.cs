using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Samples.Support.Findings;

/// <summary>The number of points of each class within a distance of every place of a grid.</summary>
internal sealed class NeighbourCounts
{
    private readonly int[,] _zero;
    private readonly int[,] _one;

    /// <summary>Counts the points. Adds each point to the places around it, so that the time does not grow with all pairs.</summary>
    public NeighbourCounts(PlaneGrid grid, IReadOnlyList<PlanePoint> points, double radius)
    {
        _zero = new int[grid.Rows, grid.Columns];
        _one = new int[grid.Rows, grid.Columns];
        foreach (PlanePoint point in points)
            Add(grid, point, radius, point.Class == 0 ? _zero : _one);
    }

    /// <summary>Returns the number of points of class 0 near a place.</summary>
    public int OfZero(int row, int column) => _zero[row, column];

    /// <summary>Returns the number of points of class 1 near a place.</summary>
    public int OfOne(int row, int column) => _one[row, column];

    /// <summary>Returns the number of points near a place.</summary>
    public int OfAny(int row, int column) => _zero[row, column] + _one[row, column];

    private static void Add(PlaneGrid grid, PlanePoint point, double radius, int[,] counts)
    {
        double height = grid.YAt(1) - grid.YAt(0), width = grid.XAt(1) - grid.XAt(0);
        int firstRow = Math.Max(0, (int)Math.Ceiling((point.Y - radius - grid.YMin) / height));
        int lastRow = Math.Min(grid.Rows - 1, (int)Math.Floor((point.Y + radius - grid.YMin) / height));
        for (int row = firstRow; row <= lastRow; row++)
        {
            double up = grid.YAt(row) - point.Y;
            double reach = Math.Sqrt(Math.Max(0, radius * radius - up * up));
            int firstColumn = Math.Max(0, (int)Math.Ceiling((point.X - reach - grid.XMin) / width));
            int lastColumn = Math.Min(grid.Columns - 1, (int)Math.Floor((point.X + reach - grid.XMin) / width));
            for (int column = firstColumn; column <= lastColumn; column++)
                counts[row, column]++;
        }
    }
}
