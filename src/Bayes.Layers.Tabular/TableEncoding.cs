using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>How a table becomes a matrix of numbers: scaling, categories and missing values, learned on the training rows alone. Immutable.</summary>
internal sealed class TableEncoding
{
    private TableEncoding(int trainingRows, IReadOnlyList<ColumnEncoding> columns)
    {
        (TrainingRows, Columns) = (trainingRows, columns);
        Features = [.. columns.SelectMany(column => column.Features.Select(feature => new EncodedFeature(feature, column.Column)))];
    }

    /// <summary>Gets the number of rows that it was learned on.</summary>
    public int TrainingRows { get; }

    /// <summary>Gets how each column of features is encoded, those that are left out too.</summary>
    public IReadOnlyList<ColumnEncoding> Columns { get; }

    /// <summary>Gets the features, those of a column one after the other.</summary>
    public IReadOnlyList<EncodedFeature> Features { get; }

    /// <summary>Gets the number of features, F.</summary>
    public int FeatureCount => Features.Count;

    /// <summary>Learns from training rows.</summary>
    /// <param name="training">The training rows, after <see cref="TableColumnsChoice.RowsToKeep"/>.</param>
    /// <param name="columns">The columns of features, as <see cref="TableColumnsChoice.Of"/> finds them.</param>
    /// <exception cref="InvalidDataException">There are fewer than two rows, a value is refused, or no column says anything.</exception>
    public static TableEncoding Learn(Table training, IReadOnlyList<TabularColumn> columns)
    {
        if (training.RowCount < 2)
            throw new InvalidDataException($"The table has {TextValues.Count(training.RowCount, "row")} to train on; expected at least 2.");
        var encoding = new TableEncoding(
            training.RowCount, [.. columns.Select(column => ColumnEncodings.Learn(training.Column(column.Name), column))]);
        if (encoding.FeatureCount > 0)
            return encoding;
        var first = (LeftOutColumn)encoding.Columns[0];
        throw new InvalidDataException(
            $"No column is left to predict from ('{first.Column}': {first.Reason}); expected at least one that differs between rows.");
    }

    /// <summary>Reads an encoding that <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static TableEncoding FromJson(JsonNode json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new TableEncoding(json.Count("trainingRows"), [.. json.Items("columns").Select(ColumnEncodings.FromJson)]);
    }

    /// <summary>Writes the encoding, every number in full.</summary>
    public JsonObject ToJson() => new()
    {
        ["trainingRows"] = TrainingRows, ["columns"] = new JsonArray([.. Columns.Select(column => column.ToJson())]),
    };

    /// <summary>Encodes rows. Columns that are not of features may be there or not.</summary>
    /// <exception cref="InvalidDataException">A column is missing, its values are of another kind than in training, or a value is refused.
    /// </exception>
    public EncodedRows Encode(Table rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var used = Columns.Where(column => column.Features.Count > 0).ToArray();
        string[] absent = [.. used.Select(column => column.Column).Where(name => !rows.Has(name))];
        if (absent.Length > 0)
            throw new InvalidDataException(
                $"The table has no column {TextValues.List(absent)}, which the model was trained with; found {TextValues.List(rows.ColumnNames)}.");
        float[] values = new float[checked(rows.RowCount * FeatureCount)];
        var reports = new List<ColumnReport>();
        int first = 0;
        foreach (var column in used)
        {
            var encoded = new EncodedColumn(values, FeatureCount, first);
            column.Encode(rows.Column(column.Column), encoded);
            reports.Add(encoded.Report(column.Column));
            first += column.Features.Count;
        }
        return new EncodedRows(values, rows.RowCount, FeatureCount, new EncodingReport(rows.RowCount, reports));
    }

    /// <summary>Says what was done to each column.</summary>
    public TabularSummary Summarize() => new(TrainingRows, [.. Columns.Select(column => column.Summarize())]);
}
