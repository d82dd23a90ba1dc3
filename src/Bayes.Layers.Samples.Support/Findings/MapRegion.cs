using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Samples.Support.Findings;

/// <summary>Averages of the two parts of the uncertainty over some cells of the map.</summary>
/// <param name="Share">The region's share of the map's cells.</param>
/// <param name="MeanEpistemic">Mean of the epistemic part in nats, or null if the region is empty.</param>
/// <param name="MeanAleatoric">Mean of the aleatoric part in nats, or null if the region is empty.</param>
/// <param name="ShareOfHighest">Share of the tenth of the map with the highest epistemic part that lies in the region.</param>
internal sealed record MapRegion(double Share, double? MeanEpistemic, double? MeanAleatoric, double ShareOfHighest)
{
    /// <summary>Returns the region of the cells that are inside.</summary>
    /// <param name="grid">The map's cells.</param>
    /// <param name="aleatoric">Aleatoric part in nats.</param>
    /// <param name="epistemic">Epistemic part in nats.</param>
    /// <param name="highest">The cells with the highest epistemic part.</param>
    /// <param name="isInside">Determines whether the cell in a row and a column is in the region.</param>
    public static MapRegion Of(PlaneGrid grid, double[,] aleatoric, double[,] epistemic, HighestTenth highest, Func<int, int, bool> isInside)
    {
        long cells = 0;
        double aleatoricSum = 0, epistemicSum = 0, highestCells = 0;
        for (int row = 0; row < grid.Rows; row++)
            for (int column = 0; column < grid.Columns; column++)
            {
                if (!isInside(row, column))
                    continue;
                cells++;
                aleatoricSum += aleatoric[row, column];
                epistemicSum += epistemic[row, column];
                highestCells += highest.WeightOf(epistemic[row, column]);
            }

        return new MapRegion(
            (double)cells / ((long)grid.Rows * grid.Columns),
            cells == 0 ? null : epistemicSum / cells,
            cells == 0 ? null : aleatoricSum / cells,
            Math.Min(1, highestCells / highest.Cells));
    }
}
