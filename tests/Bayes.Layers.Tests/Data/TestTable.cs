namespace Bayes.Layers.Tests.Data;

/// <summary>A table that every format can hold: numbers of several types, truth values and text.</summary>
/// <param name="A">Numbers that may be missing.</param>
/// <param name="Y">Targets.</param>
/// <param name="RowsOfBlock">The number of rows of a block, for formats with blocks.</param>
public sealed record TestTable(float?[] A, double[] Y, int RowsOfBlock)
{
    /// <summary>Gets the number of rows.</summary>
    public int Rows => A.Length;

    /// <summary>Gets whole numbers: that of the row, from 0.</summary>
    public int[] B => [.. Enumerable.Range(0, Rows)];

    /// <summary>Gets truth values, true in every third row.</summary>
    public bool[] Flag => [.. B.Select(row => row % 3 == 0)];

    /// <summary>Gets text.</summary>
    public string[] Name => [.. B.Select(row => $"row {row}")];

    /// <summary>Returns a table whose rows all differ.</summary>
    public static TestTable Of(int rows, int rowsOfBlock = 7) => new(
        [.. Enumerable.Range(0, rows).Select(row => (float?)(row / 4f))], [.. Enumerable.Range(0, rows).Select(row => row * 0.5 - 3)],
        rowsOfBlock);

    /// <summary>Returns the rows of each block.</summary>
    public IEnumerable<Range> Blocks()
    {
        for (int first = 0; first < Rows; first += RowsOfBlock)
            yield return first..Math.Min(Rows, first + RowsOfBlock);
    }
}
