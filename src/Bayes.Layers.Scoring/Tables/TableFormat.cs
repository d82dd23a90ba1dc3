using Bayes.Layers.Data;

namespace Bayes.Layers.Scoring.Tables;

/// <summary>A format of tables.</summary>
internal abstract class TableFormat
{
    private static readonly TableFormat[] All = [new ParquetFormat(), new CsvFormat()];

    /// <summary>Gets the name in a plan's file.</summary>
    public abstract string Name { get; }

    /// <summary>Determines whether a file is of this format, by its name.</summary>
    protected abstract bool IsOf(string path);

    /// <summary>Describes a file.</summary>
    public abstract TableDescription Describe(
        UnchangedFile file, int rowsOfPiece, Func<IReadOnlyList<string>, IReadOnlyList<string>?> kindsOf, CancellationToken cancellationToken);

    /// <summary>Opens a file that was described.</summary>
    public abstract ScoredTable Open(string path, TableDescription description);

    /// <summary>Returns the format of a file.</summary>
    public static TableFormat Of(string path) => Array.Find(All, format => format.IsOf(path))!;

    /// <summary>Returns the format with a name.</summary>
    /// <exception cref="ScoringException">There is none.</exception>
    public static TableFormat Named(string name) => Array.Find(All, format => format.Name == name)
        ?? throw new ScoringException($"The table's format is '{name}'; expected {string.Join(" or ", All.Select(format => format.Name))}.");
}
