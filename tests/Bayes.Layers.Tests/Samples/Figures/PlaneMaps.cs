using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Tests.Samples.Figures;

/// <summary>The values of a function of the plane on a grid.</summary>
internal static class PlaneMaps
{
    public static double[,] Of(PlaneGrid grid, Func<double, double, double> value)
    {
        var map = new double[grid.Rows, grid.Columns];
        for (int row = 0; row < grid.Rows; row++)
            for (int column = 0; column < grid.Columns; column++)
                map[row, column] = value(grid.XAt(column), grid.YAt(row));
        return map;
    }
}
