namespace Bayes.Layers.Prediction;

/// <summary>Splits rows into blocks, so that a computation over the samples of all draws takes little memory in addition.</summary>
internal static class RowBlocks
{
    private const long ElementsAtATime = 1 << 20;

    /// <summary>Returns the first row and the length of each block.</summary>
    /// <param name="rows">The number of rows; at least 1.</param>
    /// <param name="elements">The number of elements in all rows.</param>
    public static IEnumerable<(long Row, long Length)> Of(long rows, long elements)
    {
        long most = Math.Clamp(ElementsAtATime / Math.Max(1, elements / rows), 1, rows);
        for (long row = 0; row < rows; row += most)
            yield return (row, Math.Min(most, rows - row));
    }
}
