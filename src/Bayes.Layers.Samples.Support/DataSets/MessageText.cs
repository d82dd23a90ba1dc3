namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>Makes text from a file safe to show inside a message.</summary>
internal static class MessageText
{
    private const int LongestShown = 40;

    /// <summary>Returns the text in quotes, shortened if it is long, with question marks for control characters.</summary>
    public static string Quote(string text)
    {
        var shown = text.Length > LongestShown ? text[..LongestShown] + "..." : text;
        return $"\"{string.Concat(shown.Select(character => char.IsControl(character) ? '?' : character))}\"";
    }
}
