namespace Bayes.Layers.Tabular;

/// <summary>What messages call the kinds of columns.</summary>
internal static class ColumnKindNames
{
    /// <summary>Returns what values of a kind are, such as "true and false".</summary>
    public static string Describe(this ColumnKind kind) => kind switch
    {
        ColumnKind.Number => "numbers",
        ColumnKind.Category => "text",
        ColumnKind.Boolean => "true and false",
        ColumnKind.Date => "dates",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "expected one of the four kinds."),
    };
}
