namespace Bayes.Layers.Prediction;

/// <summary>Rows in blocks, so that what is computed from the samples of all draws takes little memory beside them.</summary>
internal static class RowBlocks
{
    private const long ElementsAtATime = 1 << 20;

    /// <summary>The first row and the length of each block.</summary>
    /// <param name="rows">How many rows there are; at least 1.</param>
    /// <param name="elements">How many elements there are in all rows.</param>
    public static IEnumerable<(long Row, long Length)> Of(long rows, long elements)
    {
        long most = Math.Clamp(ElementsAtATime / Math.Max(1, elements / rows), 1, rows);
        for (long row = 0; row < rows; row += most)
            yield return (row, Math.Min(most, rows - row));
    }
}
