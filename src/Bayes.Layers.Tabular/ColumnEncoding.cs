using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>How one column becomes features. Immutable; learned on the training rows.</summary>
/// <param name="column">The name of the column.</param>
/// <param name="missingCount">In how many training rows it is missing.</param>
/// <param name="missing">What happens to rows in which it is missing.</param>
internal abstract class ColumnEncoding(string column, int missingCount, WhenMissing missing)
{
    /// <summary>Gets the name of the column.</summary>
    public string Column => column;

    /// <summary>Gets in how many training rows the column is missing.</summary>
    public int MissingCount => missingCount;

    /// <summary>Gets what the values are.</summary>
    public abstract ColumnKind Kind { get; }

    /// <summary>Gets the names of the features, that for missing values last.</summary>
    public IReadOnlyList<string> Features => field ??= [.. ValueFeatures, .. HasIndicator ? [$"{Column} (missing)"] : Array.Empty<string>()];

    /// <summary>Gets whether a feature says that a value is missing.</summary>
    protected bool HasIndicator => missing == WhenMissing.Indicate && MissingCount > 0;

    /// <summary>Gets the names of the features of values that are not missing.</summary>
    protected abstract IReadOnlyList<string> ValueFeatures { get; }

    /// <summary>Writes the features of some rows.</summary>
    /// <exception cref="InvalidDataException">The values are of another kind than in training, or one is missing and that is refused.</exception>
    public void Encode(ColumnValues values, EncodedColumn to)
    {
        var rows = EncodeValues(values, to);
        to.Missing = rows.Count;
        if (missing == WhenMissing.Refuse)
            RefuseMissing(Column, rows);
        if (HasIndicator)
            foreach (int row in rows)
                to[row, ValueFeatures.Count] = 1;
    }

    /// <summary>Writes the encoding.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["column"] = Column, ["kind"] = $"{Kind}", ["missing"] = $"{missing}", ["missingCount"] = MissingCount,
            ["leftOut"] = this is LeftOutColumn,
        };
        Write(json);
        return json;
    }

    /// <summary>Says what was done to the column.</summary>
    public abstract ColumnSummary Summarize();

    /// <summary>Writes the features of values that are not missing, and returns the rows of those that are.</summary>
    protected abstract List<int> EncodeValues(ColumnValues values, EncodedColumn to);

    /// <summary>Writes what a kind of column alone has.</summary>
    protected abstract void Write(JsonObject json);

    /// <summary>Refuses the first of rows in which a column is missing.</summary>
    /// <exception cref="InvalidDataException">There is a row.</exception>
    public static void RefuseMissing(string column, IEnumerable<int> rows)
    {
        if (rows.Select(row => (int?)row).FirstOrDefault() is { } first)
            throw new InvalidDataException($"The column '{column}' is missing in row {first} (from 0); expected a value, as its description says.");
    }
}
