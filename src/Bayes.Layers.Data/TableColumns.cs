using static TorchSharp.torch;

namespace Bayes.Layers.Data;

/// <summary>
/// Describes which columns of a table a network takes and which it predicts, and how their values become numbers. Immutable; one description
/// serves the files for training, validation and prediction.
/// </summary>
/// <remarks>
/// Numbers of any type are converted, true to 1 and false to 0. A column of text, dates or lists is refused by name. Infinite numbers, and numbers
/// that the element type cannot hold, are refused with their row and column.
/// </remarks>
public sealed record TableColumns
{
    /// <summary>Creates a description.</summary>
    /// <param name="features">The names of the columns that the network takes, in its order; at least one. A column of vectors counts as many
    /// features.</param>
    /// <param name="target">The name of the column that it predicts; null for tables without one.</param>
    /// <exception cref="ArgumentException">There are no features, or a name appears twice.</exception>
    public TableColumns(IReadOnlyList<string> features, string? target = null)
        : this(features, target is null ? [] : [target])
    {
    }

    /// <summary>Creates a description with several targets, for a network with as many outputs.</summary>
    /// <param name="features">The names of the columns that the network takes, in its order; at least one.</param>
    /// <param name="targets">The names of the columns that it predicts, in its order.</param>
    /// <exception cref="ArgumentException">There are no features, or a name appears twice.</exception>
    public TableColumns(IReadOnlyList<string> features, IReadOnlyList<string> targets)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        if (features.Count == 0)
            throw new ArgumentException("There are no features; expected the name of at least one column.", nameof(features));
        (Features, Targets) = ([.. features], [.. targets]);
        if (All.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key is { } twice)
            throw new ArgumentException($"The column '{twice}' is named twice; expected every feature and target once.", nameof(features));
    }

    /// <summary>Gets the names of the columns that the network takes, in its order.</summary>
    public IReadOnlyList<string> Features { get; }

    /// <summary>Gets the names of the columns that it predicts, in its order; empty for prediction alone.</summary>
    public IReadOnlyList<string> Targets { get; }

    /// <summary>Gets what the targets are, which decides their shape, their element type and what is checked; real numbers by default.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TargetKind TargetKind { get; init => field = value ?? throw new ArgumentNullException(nameof(TargetKind)); } = TargetKind.Real;

    /// <summary>Gets what happens to features that are missing (null or NaN); refused by default. A missing target is always refused.</summary>
    public MissingValues Missing { get; init; } = MissingValues.Refuse;

    /// <summary>Gets the element type of the tensors, <c>float32</c> or <c>float64</c>; <c>float32</c> by default.</summary>
    /// <exception cref="ArgumentException">The value is another type.</exception>
    public ScalarType ElementType
    {
        get;
        init => field = value is ScalarType.Float32 or ScalarType.Float64 ? value
            : throw new ArgumentException($"{nameof(ElementType)} is {value}; expected Float32 or Float64.", nameof(ElementType));
    } = ScalarType.Float32;

    /// <summary>
    /// Gets the scaling of features, and of real targets, to mean 0 and standard deviation 1; null, the default, leaves the numbers as they are.
    /// <see cref="ColumnScaling.Measure"/> finds it on the training rows.
    /// </summary>
    public ColumnScaling? Scaling { get; init; }

    /// <summary>Gets the features, then the targets.</summary>
    internal IEnumerable<string> All => Features.Concat(Targets);
}
