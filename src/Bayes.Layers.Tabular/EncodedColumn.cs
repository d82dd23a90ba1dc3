namespace Bayes.Layers.Tabular;

/// <summary>The features of one column in a matrix of all, and what was unusual in its rows.</summary>
/// <param name="matrix">The matrix, <c>[rows, width]</c>, zero at first.</param>
/// <param name="width">The number of features of all columns.</param>
/// <param name="first">The index of the column's first feature.</param>
internal sealed class EncodedColumn(float[] matrix, int width, int first)
{
    private string? _example;

    /// <summary>Gets or sets how many values are missing.</summary>
    public int Missing { get; set; }

    /// <summary>Gets or sets how many numbers are out of the range of the training rows.</summary>
    public int OutOfRange { get; set; }

    /// <summary>Gets or sets how many numbers are infinite.</summary>
    public int Infinite { get; set; }

    /// <summary>Gets or sets how many texts are not a date.</summary>
    public int UnreadableDates { get; set; }

    /// <summary>Gets or sets how many categories are unknown.</summary>
    public int UnknownCategories { get; set; }

    /// <summary>Gets or sets one feature of a row.</summary>
    /// <param name="row">Zero-based index of the row.</param>
    /// <param name="feature">Zero-based index of the feature among those of the column.</param>
    public float this[int row, int feature]
    {
        get => matrix[(long)row * width + first + feature];
        set => matrix[(long)row * width + first + feature] = value;
    }

    /// <summary>Keeps the first of what cannot be shown by a count.</summary>
    public void Show(string? example) => _example ??= example;

    /// <summary>Returns the counts.</summary>
    public ColumnReport Report(string column) => new(column, Missing, UnknownCategories, OutOfRange, Infinite, UnreadableDates, _example);
}
