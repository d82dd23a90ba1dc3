using Bayes.Layers.Tabular;

namespace Bayes.Layers.Scoring.Tables;

/// <summary>Describes a table's file when a plan was made, so that a worker reads the same rows or notices that they are others.</summary>
/// <param name="Format">The name of the format.</param>
/// <param name="Bytes">The length of the file.</param>
/// <param name="Head">The SHA-256 of what describes the columns: the header of CSV, the footer of Parquet.</param>
/// <param name="Columns">The names of all columns.</param>
/// <param name="Pieces">The parts of the file, in order.</param>
internal sealed record TableDescription(string Format, long Bytes, string Head, IReadOnlyList<string> Columns, IReadOnlyList<TablePiece> Pieces)
{
    /// <summary>Gets what separates the values of a CSV file; null for other formats.</summary>
    public char? Separator { get; init; }

    /// <summary>Gets what the values of columns of a CSV file are, if a model must know.</summary>
    public IReadOnlyDictionary<string, ColumnKind>? Kinds { get; init; }

    /// <summary>Gets the number of rows.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Rows => Pieces.Count == 0 ? 0 : Pieces[^1].FirstRow + Pieces[^1].Rows;
}
