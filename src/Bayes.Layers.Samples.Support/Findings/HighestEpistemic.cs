using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Samples.Support.Findings;

/// <summary>The place on the map where the functions disagree most.</summary>
/// <param name="Epistemic">Epistemic part there, in nats.</param>
/// <param name="X">First feature there, standardised.</param>
/// <param name="Y">Second feature there, standardised.</param>
/// <param name="Probability">Mean probability of class 1 there.</param>
/// <param name="Near">Number of points nearby.</param>
internal sealed record HighestEpistemic(double Epistemic, double X, double Y, double Probability, int Near)
{
    /// <summary>Finds the cell with the highest epistemic part; the first if there are several.</summary>
    public static HighestEpistemic Of(PlaneGrid grid, double[,] probability, double[,] epistemic, NeighbourCounts near)
    {
        int highestRow = 0, highestColumn = 0;
        for (int row = 0; row < grid.Rows; row++)
            for (int column = 0; column < grid.Columns; column++)
                if (epistemic[row, column] > epistemic[highestRow, highestColumn])
                    (highestRow, highestColumn) = (row, column);

        return new HighestEpistemic(
            epistemic[highestRow, highestColumn],
            grid.XAt(highestColumn),
            grid.YAt(highestRow),
            probability[highestRow, highestColumn],
            near.OfAny(highestRow, highestColumn));
    }
}
