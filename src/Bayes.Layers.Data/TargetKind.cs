namespace Bayes.Layers.Data;

/// <summary>What the targets of a table are, which decides their shape and what is checked.</summary>
public sealed class TargetKind
{
    private readonly string _name;

    private TargetKind(string name, string expected, Func<double, bool> allows)
    {
        _name = name;
        Expected = expected;
        Allows = allows;
    }

    /// <summary>Gets real numbers, <c>[B, T]</c> for T targets: for Gaussian and Student-t likelihoods. A scaling applies to them.</summary>
    public static TargetKind Real { get; } = new(nameof(Real), "a finite number", double.IsFinite) { IsScaled = true };

    /// <summary>Gets 0 and 1, or false and true, <c>[B, T]</c>: for a Bernoulli likelihood.</summary>
    public static TargetKind Binary { get; } = new(nameof(Binary), "0 or 1", value => value is 0 or 1);

    /// <summary>Gets counts 0, 1, 2, …, <c>[B, T]</c>: for Poisson and negative binomial likelihoods.</summary>
    public static TargetKind Count { get; } = new(nameof(Count), "a whole number from 0", IsCount);

    /// <summary>
    /// Gets the indices 0 to C − 1 of classes, int64 of shape <c>[B]</c>: for a categorical likelihood. There is one such column. The keys of ML.NET
    /// are numbered from 0.
    /// </summary>
    public static TargetKind ClassIndex { get; } = new(nameof(ClassIndex), "the index of a class, a whole number from 0", IsCount) { IsIndex = true };

    /// <summary>Gets whether a scaling applies.</summary>
    internal bool IsScaled { get; private init; }

    /// <summary>Gets whether the tensor is of indices.</summary>
    internal bool IsIndex { get; private init; }

    /// <summary>Gets what is expected, for a message.</summary>
    internal string Expected { get; }

    /// <summary>Gets the function that decides whether a number can be a target.</summary>
    internal Func<double, bool> Allows { get; }

    /// <summary>Returns the name.</summary>
    public override string ToString() => _name;

    private static bool IsCount(double value) => value >= 0 && value <= 1L << 53 && Math.Floor(value) == value;
}
