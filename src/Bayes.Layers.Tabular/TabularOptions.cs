namespace Bayes.Layers.Tabular;

/// <summary>
/// The options of <see cref="TabularRegression"/> and <see cref="TabularClassification"/>. Immutable. What is null is chosen by the number of
/// training rows; the defaults were chosen on training rows of public and simulated tables (docs/tabular.md).
/// </summary>
public sealed record TabularOptions
{
    /// <summary>Gets the columns to predict from; null, the default, for every column that has no other role.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>Gets descriptions of columns of which something else is meant than what would be inferred; null by default.</summary>
    public IReadOnlyList<TabularColumn>? Columns { get; init; }

    /// <summary>
    /// Gets the name of a column with the weight of each row, at least 0, by which the row's log-probability is multiplied; null, the default, for
    /// weights of 1. Predictions do not need it.
    /// </summary>
    public string? WeightColumn { get; init; }

    /// <summary>
    /// Gets what the noise of a regression is: <see cref="TabularNoise.Learned"/> by default. <see cref="TabularClassification"/> has none.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TabularNoise Noise { get; init => field = value ?? throw new ArgumentNullException(nameof(Noise)); } = TabularNoise.Learned;

    /// <summary>Gets the number of networks that are trained; at least 1. Null by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? Members { get; init => field = AtLeastOne(value, nameof(Members)); }

    /// <summary>Gets the number of units of each hidden layer, at least one layer; null by default.</summary>
    /// <exception cref="ArgumentException">There is no layer, or a layer has no unit.</exception>
    public IReadOnlyList<int>? Hidden
    {
        get;
        init => field = value is null or { Count: > 0 } && value?.Any(units => units < 1) != true ? value
            : throw new ArgumentException(
                $"{nameof(Hidden)} is [{string.Join(", ", value!)}]; expected at least one layer, each with at least one unit.", nameof(Hidden));
    }

    /// <summary>Gets the number of steps of the training of each network; at least 1. Null by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? Steps { get; init => field = AtLeastOne(value, nameof(Steps)); }

    /// <summary>Gets the number of rows of a step; at least 1. Null by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? BatchSize { get; init => field = AtLeastOne(value, nameof(BatchSize)); }

    /// <summary>Gets the learning rate of Adam at the start, from which it falls to 0 along a cosine; above 0. Null by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double? LearningRate
    {
        get;
        init => field = value is null || value > 0 && double.IsFinite(value.Value) ? value : throw new ArgumentOutOfRangeException(
            nameof(LearningRate), value, $"{nameof(LearningRate)} is {value}; expected a finite number above 0.");
    }

    /// <summary>Gets the number of functions that a prediction draws from all networks together; at least 2, and 500 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Draws
    {
        get;
        init => field = value >= 2 ? value
            : throw new ArgumentOutOfRangeException(nameof(Draws), value, $"{nameof(Draws)} is {value}; expected at least 2.");
    } = 500;

    /// <summary>
    /// Gets the share of the training rows that is held out of training to calibrate the intervals of a regression or the probabilities of a
    /// classification; above 0 and below 1. Null, the default, trains on all rows and does not calibrate.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double? CalibrationShare
    {
        get;
        init => field = value is null or (> 0 and < 1) ? value : throw new ArgumentOutOfRangeException(
            nameof(CalibrationShare), value, $"{nameof(CalibrationShare)} is {value}; expected a share above 0 and below 1.");
    }

    /// <summary>
    /// Gets how the rows for calibration are chosen; <see cref="TabularSplit.Random"/> by default. Rows that belong together, or come one after the
    /// other, need <see cref="TabularSplit.GroupedBy"/> or <see cref="TabularSplit.OrderedBy"/>.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TabularSplit CalibrationSplit
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(CalibrationSplit));
    } = TabularSplit.Random;

    /// <summary>Gets the seed of everything random; 1 by default. The same seed gives the same model and predictions on one kind of machine.
    /// </summary>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// Gets the most networks that are trained at a time, each on one thread; at least 1. Null, the default, means as many as torch may use threads.
    /// It does not change the model.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? MembersAtATime { get; init => field = AtLeastOne(value, nameof(MembersAtATime)); }

    private static int? AtLeastOne(int? value, string name) => value is null or >= 1 ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected at least 1.");
}
