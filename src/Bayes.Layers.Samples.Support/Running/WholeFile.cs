using System.Text;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>Writes a file completely or not at all: readers never see half of it, and after a failure the file is as it was before.</summary>
internal static class WholeFile
{
    /// <summary>Writes the text in UTF-8.</summary>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes the bytes to a temporary file beside the target, then renames it.</summary>
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
