namespace Bayes.Layers.Reports.Predictions;

/// <summary>The names by which a report speaks of the targets.</summary>
/// <param name="Classes">The names of the classes, or null for their numbers.</param>
/// <param name="Target">The name of a target that is a number.</param>
/// <param name="Unit">Its unit; may be empty.</param>
internal sealed record ReportNames(IReadOnlyList<string>? Classes, string Target, string Unit)
{
    /// <summary>Names for targets of which nothing is known.</summary>
    public static ReportNames Default { get; } = new(null, "target", "");

    /// <summary>The target with its unit, for axes.</summary>
    public string Axis => Unit.Length == 0 ? Target : $"{Target} ({Unit})";

    /// <summary>The unit in a sentence about a number.</summary>
    public string InUnit => Unit.Length == 0 ? "In the target's unit." : $"In {Unit}.";

    /// <summary>Returns the name of a class.</summary>
    public string Class(int index) => Classes is null ? FormattableString.Invariant($"class {index}") : Classes[index];
}
