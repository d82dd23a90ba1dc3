using Bayes.Layers.Uncertainty.Methods;
using System.Security.Cryptography;

namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>A set: the rows of a file NAME.csv, whose last column is the target.</summary>
/// <param name="Name">The name of the file, without .csv.</param>
/// <param name="InputNames">Names of the columns before the last.</param>
/// <param name="Inputs"><c>[rows, columns - 1]</c>.</param>
/// <param name="Targets">The last column, in its own unit.</param>
/// <param name="Fingerprint">The first 16 digits of the file's SHA-256.</param>
internal sealed record UciSet(string Name, IReadOnlyList<string> InputNames, double[,] Inputs, double[] Targets, string Fingerprint)
{
    /// <summary>Fewest rows: two of them test.</summary>
    public const int LeastRows = 20;

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataFileException">The file cannot be used; the message says what was found and what was expected.</exception>
    public static UciSet Read(string path)
    {
        var table = NumericTable.Read(path);
        if (table.Columns < 2)
            throw new DataFileException(path, "has 1 column, where at least 2 were expected, the last of them the target");
        if (table.Rows < LeastRows)
            throw new DataFileException(path, $"has {table.Rows} rows, where at least {LeastRows} were expected");
        int last = table.Columns - 1;
        var inputs = new double[table.Rows, last];
        var targets = new double[table.Rows];
        for (int row = 0; row < table.Rows; row++)
        {
            for (int column = 0; column < last; column++)
                inputs[row, column] = table[row, column];
            targets[row] = table[row, last];
        }
        if (targets.All(target => target == targets[0]))
            throw new DataFileException(
                path, FormattableString.Invariant($"has the target {targets[0]} in every row, where different numbers were expected"));
        string fingerprint = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))[..16];
        return new UciSet(Path.GetFileNameWithoutExtension(path), [.. table.ColumnNames.Take(last)], inputs, targets, fingerprint);
    }

    /// <summary>Returns what a method gets to see of a split: all but the targets of the test rows.</summary>
    public SplitRows RowsOf(TrainTestSplit split) =>
        new(Select(split.Train), [.. split.Train.Select(row => Targets[row])], Select(split.Test)) { InputNames = InputNames };

    private double[,] Select(int[] rows)
    {
        var selected = new double[rows.Length, Inputs.GetLength(1)];
        for (int row = 0; row < rows.Length; row++)
            for (int column = 0; column < selected.GetLength(1); column++)
                selected[row, column] = Inputs[rows[row], column];
        return selected;
    }
}
