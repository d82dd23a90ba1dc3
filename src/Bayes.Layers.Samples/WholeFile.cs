namespace Bayes.Layers.Samples;

/// <summary>Writes a file whole or not at all: who reads it never sees half of it, and a failure leaves the one before.</summary>
internal static class WholeFile
{
    /// <summary>Writes the text in UTF-8 to a temporary name beside the file first, then renames it.</summary>
    public static void Write(string path, string text)
    {
        string partial = path + ".partial";
        try
        {
            File.WriteAllText(partial, text);
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
