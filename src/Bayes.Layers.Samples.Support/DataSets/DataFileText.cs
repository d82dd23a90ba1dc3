using System.Text;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>Reads a whole text file up to a size limit.</summary>
internal static class DataFileText
{
    /// <summary>Largest size of a file; a larger file is refused before it is read.</summary>
    public const long MaximumBytes = 64 * 1024 * 1024;

    /// <summary>Returns the text of the file, without its byte order mark.</summary>
    /// <exception cref="DataFileException">The file is missing, empty, too large, not readable or not text in UTF-8.</exception>
    public static string Read(string path)
    {
        try
        {
            RefuseBeforeOpening(path);
            return Decode(path, File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException(path, $"cannot be read: {exception.Message.TrimEnd('.')}", exception);
        }
    }

    // Reading a pipe or a device might never end. Its length is 0, so it is refused as empty.
    private static void RefuseBeforeOpening(string path)
    {
        if (Directory.Exists(path))
            throw new DataFileException(path, "is a folder, where a CSV file was expected");
        if (!File.Exists(path))
            throw new DataFileException(path, "does not exist");

        // The length of the file, not of a link to it. .NET resolves links only for full paths.
        var fullPath = Path.GetFullPath(path);
        var target = File.ResolveLinkTarget(fullPath, returnFinalTarget: true)?.FullName ?? fullPath;
        var length = new FileInfo(target).Length;
        if (length == 0)
            throw new DataFileException(path, "is empty, where a header line and at least one row were expected");
        if (length > MaximumBytes)
            throw new DataFileException(path, $"has {length} bytes, where at most {MaximumBytes} were expected");
    }

    private static string Decode(string path, byte[] bytes)
    {
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        using var reader = new StreamReader(new MemoryStream(bytes), strict);
        try
        {
            var text = reader.ReadToEnd();
            return text.Contains('\0') ? throw NotText(path) : text;
        }
        catch (DecoderFallbackException exception)
        {
            throw NotText(path, exception);
        }
    }

    private static DataFileException NotText(string path, Exception? cause = null) =>
        new(path, "is a binary file, where text in UTF-8 was expected", cause);
}
