namespace Bayes.Layers.Service.Rows;

/// <summary>Quotes what a client sent, so that a message stays short.</summary>
internal static class Quoted
{
    private const int MostCharacters = 40;

    /// <summary>Returns the text in quotation marks, or its beginning.</summary>
    public static string Text(string text) => $"'{Short(text)}'";

    /// <summary>Returns the text, or its beginning.</summary>
    public static string Short(string text) => text.Length <= MostCharacters ? text : text[..MostCharacters] + "…";
}
