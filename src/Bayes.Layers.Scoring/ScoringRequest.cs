namespace Bayes.Layers.Scoring;

/// <summary>Says what is to be scored: a model, a table, and what is wanted of each row. Immutable.</summary>
/// <remarks>
/// A model that <c>Bayes.Layers.Tabular</c> saved knows its columns and how to encode them. A network that <c>Checkpoint.Save</c> wrote, with its
/// likelihood, takes columns of numbers: <see cref="Features"/> names them in its order. Every machine must see both files.
/// </remarks>
public sealed record ScoringRequest
{
    /// <summary>Creates a request.</summary>
    /// <param name="model">The model's file.</param>
    /// <param name="table">The table's file: Parquet if its name ends in <c>.parquet</c>, and otherwise CSV in UTF-8.</param>
    /// <exception cref="ArgumentException">A path is empty.</exception>
    public ScoringRequest(string model, string table)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        ArgumentException.ThrowIfNullOrWhiteSpace(table);
        (Model, Table) = (model, table);
    }

    /// <summary>Gets the model's file.</summary>
    public string Model { get; }

    /// <summary>Gets the table's file.</summary>
    public string Table { get; }

    /// <summary>
    /// Gets the columns that a network takes, in its order; null, the default, for all columns but the targets, in the order of the table. A model of
    /// a table has its own.
    /// </summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>
    /// Gets the columns with the targets, for the log density of each row; none by default. A model of a table has one target, its own.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IReadOnlyList<string> Targets { get; init => field = value ?? throw new ArgumentNullException(nameof(Targets)); } = [];

    /// <summary>Gets the seed of the draws; 1 by default.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Gets S, the number of draws; null, the default, for as many as the model's file says, or 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? Draws
    {
        get;
        init => field = value is null or > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Draws), value, $"Draws is {value}; expected at least 1.");
    }

    /// <summary>Gets the levels of the quantiles of the target, above 0 and below 1; none by default. They need the memory of all draws.</summary>
    /// <exception cref="ArgumentException">A level is outside its range.</exception>
    public IReadOnlyList<double> Quantiles
    {
        get;
        init => field = (value ?? throw new ArgumentNullException(nameof(Quantiles))).All(level => level is > 0 and < 1) ? [.. value]
            : throw new ArgumentException(FormattableString.Invariant(
                $"A quantile's level is {value.First(level => level is not (> 0 and < 1))}; expected numbers above 0 and below 1."),
                nameof(Quantiles));
    } = [];

    /// <summary>Gets how the work is cut; by 100,000 rows by default.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public ShardCut Cut { get; init => field = value ?? throw new ArgumentNullException(nameof(Cut)); } = ShardCut.ByRows(100_000);
}
