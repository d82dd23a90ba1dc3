namespace Bayes.Layers.Tabular;

/// <summary>Describes a column of features, where what would be inferred of it is not what is meant. Immutable.</summary>
public sealed record TabularColumn
{
    /// <summary>Creates a description.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="kind">What its values are; null to infer it: numbers are numbers, text is a category unless all of it are dates.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The kind is not one of the four.</exception>
    public TabularColumn(string name, ColumnKind? kind = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (kind is { } given && !Enum.IsDefined(given))
            throw new ArgumentOutOfRangeException(nameof(kind), given, $"The kind of the column '{name}' is {given}; expected one of the four.");
        (Name, Kind) = (name, kind);
    }

    /// <summary>Gets the name of the column.</summary>
    public string Name { get; }

    /// <summary>Gets what its values are; null if that is inferred.</summary>
    public ColumnKind? Kind { get; }

    /// <summary>Gets what happens to rows in which the column is missing; <see cref="WhenMissing.Indicate"/> by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public WhenMissing Missing
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Missing), value, $"{nameof(Missing)} is {value}; expected one of the enumeration.");
    }

    /// <summary>Gets how many categories get a feature of their own, the most frequent ones; the others share one. 100 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MaxCategories { get; init => field = AtLeastOne(value, nameof(MaxCategories)); } = 100;

    /// <summary>Gets in how many training rows a category must appear for a feature of its own; 3 by default. Rarer ones share one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MinCategoryRows { get; init => field = AtLeastOne(value, nameof(MinCategoryRows)); } = 3;

    /// <summary>
    /// Gets with how many different values at most a column of numbers has a feature for each of them beside the number, as for codes without an
    /// order; 15 by default, and 0 for never. Only if there are 40 rows for each value.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 0.</exception>
    public int MaxLevels
    {
        get;
        init => field = value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxLevels), value, $"{nameof(MaxLevels)} is {value}; expected at least 0.");
    } = 15;

    private static int AtLeastOne(int value, string name) => value >= 1 ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected at least 1.");
}
