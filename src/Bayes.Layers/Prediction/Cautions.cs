namespace Bayes.Layers.Prediction;

/// <summary>Joins what readers of a prediction should know.</summary>
internal static class Cautions
{
    /// <summary>Returns the sentences, each once, or null if there are none.</summary>
    public static string? Join(IEnumerable<string?> sentences) =>
        string.Join(" ", sentences.OfType<string>().Distinct()) is { Length: > 0 } joined ? joined : null;
}
