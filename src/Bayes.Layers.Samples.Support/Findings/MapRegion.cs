using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Samples.Support.Findings;

/// <summary>What the two parts of the uncertainty are on average over some cells of the map.</summary>
/// <param name="Share">The region's share of the map's cells.</param>
/// <param name="MeanEpistemic">The mean of the epistemic part in nats; none in an empty region.</param>
/// <param name="MeanAleatoric">The mean of the aleatoric part in nats; none in an empty region.</param>
/// <param name="ShareOfHighest">The share that lies in the region of the tenth of the map with the highest epistemic part.</param>
internal sealed record MapRegion(double Share, double? MeanEpistemic, double? MeanAleatoric, double ShareOfHighest)
{
    /// <summary>The region of the cells, named by row and column, that are inside.</summary>
    /// <param name="grid">The map's cells.</param>
    /// <param name="aleatoric">The aleatoric part in nats.</param>
    /// <param name="epistemic">The epistemic part in nats.</param>
    /// <param name="highest">The cells of highest epistemic part.</param>
    /// <param name="isInside">Whether a cell is in the region.</param>
    public static MapRegion Of(PlaneGrid grid, double[,] aleatoric, double[,] epistemic, HighestTenth highest, Func<int, int, bool> isInside)
    {
        long cells = 0;
        double aleatoricSum = 0, epistemicSum = 0, highestCells = 0;
        for (int row = 0; row < grid.Rows; row++)
        {
            for (int column = 0; column < grid.Columns; column++)
            {
                if (!isInside(row, column))
                    continue;
                cells++;
                aleatoricSum += aleatoric[row, column];
                epistemicSum += epistemic[row, column];
                highestCells += highest.WeightOf(epistemic[row, column]);
            }
        }

        return new MapRegion(
            (double)cells / ((long)grid.Rows * grid.Columns),
            cells == 0 ? null : epistemicSum / cells,
            cells == 0 ? null : aleatoricSum / cells,
            Math.Min(1, highestCells / highest.Cells));
    }
}
