using System.Text;

namespace Bayes.Layers.Reports.Pages;

/// <summary>Writes a file completely or not at all: readers never see a part of it, and a failure leaves the file as it was.</summary>
internal static class WholeFile
{
    /// <summary>Writes the text in UTF-8.</summary>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes the bytes to a temporary file next to the target, then renames it.</summary>
    public static void Write(string path, byte[] bytes)
    {
        string partial = path + ".partial";
        try
        {
            File.WriteAllBytes(partial, bytes);
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
