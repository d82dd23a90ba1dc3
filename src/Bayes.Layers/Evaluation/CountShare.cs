namespace Bayes.Layers.Evaluation;

/// <summary>A count's share of another.</summary>
internal static class CountShare
{
    /// <summary>part / whole, or none of nothing: a property of a record is printed by its ToString, and one that threw would take the others with it.</summary>
    public static double? Of(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
