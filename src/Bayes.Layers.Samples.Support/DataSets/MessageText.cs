namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>Makes text from a file safe to show inside a message.</summary>
internal static class MessageText
{
    private const int LongestShown = 40;

    /// <summary>The text in quotes, cut when it is long, with control characters shown as question marks.</summary>
    public static string Quote(string text)
    {
        var shown = text.Length > LongestShown ? text[..LongestShown] + "..." : text;
        return $"\"{string.Concat(shown.Select(character => char.IsControl(character) ? '?' : character))}\"";
    }
}
