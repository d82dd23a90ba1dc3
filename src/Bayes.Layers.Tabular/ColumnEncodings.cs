using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>Chooses the encoding of a column by what its values are.</summary>
internal static class ColumnEncodings
{
    /// <summary>Learns a column of training rows.</summary>
    /// <exception cref="InvalidDataException">A value is refused.</exception>
    public static ColumnEncoding Learn(ColumnValues column, TabularColumn description)
    {
        if (description.Missing == WhenMissing.Refuse)
            ColumnEncoding.RefuseMissing(column.Name, Enumerable.Range(0, column.Count).Where(column.IsMissing));
        var kind = description.Kind ?? KindInference.Of(column);
        if (column.MissingCount == column.Count)
            return new LeftOutColumn(column.Name, column.MissingCount, kind, "it is missing in every row");
        return kind switch
        {
            ColumnKind.Number => NumberEncoding.Learn(column, description),
            ColumnKind.Category => CategoryEncoding.Learn(column, description),
            ColumnKind.Boolean => BooleanEncoding.Learn(column, description.Missing),
            _ => DateEncoding.Learn(column, description.Missing),
        };
    }

    /// <summary>Reads an encoding that <see cref="ColumnEncoding.ToJson"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static ColumnEncoding FromJson(JsonNode json)
    {
        string column = json.Text("column");
        int missingCount = json.Count("missingCount");
        var kind = json.Enumeration<ColumnKind>("kind");
        if (json.Boolean("leftOut"))
            return new LeftOutColumn(column, missingCount, kind, json.Text("reason"));
        var missing = json.Enumeration<WhenMissing>("missing");
        return kind switch
        {
            ColumnKind.Number => new NumberEncoding(
                column, missingCount, missing, NumberScale.FromJson(json.Member("scale")),
                [.. json.Items("levels").Select(level => level.GetValue<double>())]),
            ColumnKind.Category => CategoryEncoding.FromJson(json, column, missingCount, missing),
            ColumnKind.Boolean => new BooleanEncoding(column, missingCount, missing, NumberScale.FromJson(json.Member("scale"))),
            _ => DateEncoding.FromJson(json, column, missingCount, missing),
        };
    }
}
