namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>
/// Refines the values of a grid by linear interpolation. So the colours between two neighbours of a coarse grid are those of the values between
/// them, not mixtures of the two neighbours' colours.
/// </summary>
internal static class FineValues
{
    /// <summary>Returns the values on a grid over the same rectangle with at least <paramref name="enough"/> steps in each direction.</summary>
    public static double[,] Of(double[,] values, int enough)
    {
        int lastRow = values.GetLength(0) - 1;
        int lastColumn = values.GetLength(1) - 1;
        int rowSteps = (enough + lastRow - 1) / lastRow;
        int columnSteps = (enough + lastColumn - 1) / lastColumn;
        var fine = new double[lastRow * rowSteps + 1, lastColumn * columnSteps + 1];
        for (int fineRow = 0; fineRow < fine.GetLength(0); fineRow++)
        {
            int row = Math.Min(fineRow / rowSteps, lastRow - 1);
            double up = (double)fineRow / rowSteps - row;
            for (int fineColumn = 0; fineColumn < fine.GetLength(1); fineColumn++)
            {
                int column = Math.Min(fineColumn / columnSteps, lastColumn - 1);
                double right = (double)fineColumn / columnSteps - column;
                double below = Between(values[row, column], values[row, column + 1], right);
                double above = Between(values[row + 1, column], values[row + 1, column + 1], right);
                fine[fineRow, fineColumn] = Between(below, above, up);
            }
        }

        return fine;
    }

    private static double Between(double low, double high, double share) => low + share * (high - low);
}
