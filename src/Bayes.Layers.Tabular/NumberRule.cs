namespace Bayes.Layers.Tabular;

/// <summary>Which numbers a column that is no feature may have.</summary>
internal sealed class NumberRule
{
    private NumberRule(string expected, Func<double, bool> holds) => (Expected, Holds) = (expected, holds);

    /// <summary>Gets the rule of a target of regression.</summary>
    public static NumberRule Finite { get; } = new("a finite number", value => Math.Abs(value) <= NumberScale.Greatest);

    /// <summary>Gets the rule of a target that counts events.</summary>
    public static NumberRule Count { get; } = new("0, 1, 2 or another count", value => value >= 0 && value <= 1e15 && value == Math.Floor(value));

    /// <summary>Gets the rule of weights of rows.</summary>
    public static NumberRule NotNegative { get; } = new("a finite number of at least 0", value => value >= 0 && value <= NumberScale.Greatest);

    /// <summary>Gets the rule of exposures and of given standard deviations of noise.</summary>
    public static NumberRule Positive { get; } = new("a finite number above 0", value => value > 0 && value <= NumberScale.Greatest);

    /// <summary>Gets the words for what is expected.</summary>
    public string Expected { get; }

    /// <summary>Gets whether a number, which is not NaN, may be there.</summary>
    public Func<double, bool> Holds { get; }
}
