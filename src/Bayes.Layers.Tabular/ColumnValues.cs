namespace Bayes.Layers.Tabular;

/// <summary>The values of one column of a table. Immutable.</summary>
public sealed class ColumnValues
{
    // One of the two: numbers (truth values as 0 and 1, dates as days since 1970, NaN if missing) or texts (null if missing).
    private readonly double[]? _numbers;
    private readonly string?[]? _texts;

    private ColumnValues(string name, ColumnKind kind, double[]? numbers, string?[]? texts)
    {
        (Name, Kind, _numbers, _texts) = (name, kind, numbers, texts);
        MissingCount = numbers?.Count(double.IsNaN) ?? texts!.Count(text => text is null);
    }

    /// <summary>Gets the name of the column.</summary>
    public string Name { get; }

    /// <summary>Gets what the values are; <see cref="ColumnKind.Category"/> is text.</summary>
    public ColumnKind Kind { get; }

    /// <summary>Gets the number of rows.</summary>
    public int Count => _numbers?.Length ?? _texts!.Length;

    /// <summary>Gets the number of rows whose value is missing.</summary>
    public int MissingCount { get; }

    /// <summary>
    /// Gets the values as numbers: false is 0 and true is 1, dates are days since the start of 1970, and what is missing is NaN.
    /// </summary>
    /// <exception cref="InvalidOperationException">The values are text.</exception>
    public ReadOnlySpan<double> Numbers => _numbers ?? throw new InvalidOperationException(
        $"The column '{Name}' is text; expected numbers, true and false, or dates.");

    /// <summary>Determines whether the value of a row is missing.</summary>
    /// <param name="row">Zero-based index of the row.</param>
    public bool IsMissing(int row) => _numbers is null ? _texts![row] is null : double.IsNaN(_numbers[row]);

    /// <summary>
    /// Returns the value of a row as text: numbers in full, <c>true</c> or <c>false</c>, and dates as <c>2026-01-31</c>; null if it is missing.
    /// </summary>
    /// <param name="row">Zero-based index of the row.</param>
    public string? Text(int row) => _texts is not null ? _texts[row]
        : _numbers![row] is var number && double.IsNaN(number) ? null
        : Kind switch
        {
            ColumnKind.Boolean => number != 0 ? "true" : "false",
            ColumnKind.Date => Days.Text(number),
            _ => TextValues.Of(number),
        };

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Kind}, {TextValues.Count(Count, "row")}, {MissingCount} missing";

    /// <summary>Returns a column of numbers, truth values or dates. The array is not copied.</summary>
    internal static ColumnValues OfNumbers(string name, double[] values, ColumnKind kind = ColumnKind.Number) => new(name, kind, values, null);

    /// <summary>Returns a column of texts. The array is not copied.</summary>
    internal static ColumnValues OfTexts(string name, string?[] values) => new(name, ColumnKind.Category, null, values);

    /// <summary>Returns some rows, in the order of their indices.</summary>
    internal ColumnValues Rows(IReadOnlyList<int> rows)
    {
        if (_texts is not null)
            return OfTexts(Name, Select(_texts, rows));
        return OfNumbers(Name, Select(_numbers!, rows), Kind);
    }

    /// <summary>Returns rows that lie one after the other.</summary>
    internal ColumnValues Range(int first, int count) => _texts is not null ? OfTexts(Name, _texts[first..(first + count)])
        : OfNumbers(Name, _numbers![first..(first + count)], Kind);

    private static T[] Select<T>(T[] values, IReadOnlyList<int> rows)
    {
        var selected = new T[rows.Count];
        for (int index = 0; index < selected.Length; index++)
            selected[index] = values[rows[index]];
        return selected;
    }
}
