namespace Bayes.Layers.Evaluation;

/// <summary>The share of one count in another.</summary>
internal static class CountShare
{
    /// <summary>
    /// Returns part / whole, or null if the whole is 0. It does not throw, because a record's ToString prints all properties, and an exception from
    /// one would lose the others.
    /// </summary>
    public static double? Of(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
