namespace Bayes.Layers.Checkpoints;

/// <summary>Writes a file completely or not at all: under another name, and then renamed.</summary>
internal static class WholeFile
{
    /// <summary>Writes a file, and replaces an existing one.</summary>
    /// <param name="path">The file. Its folder must exist.</param>
    /// <param name="write">Writes the bytes.</param>
    /// <param name="isFlushed">
    /// Whether the bytes are on the disk before the file has its name. Without, a loss of power may leave a damaged file, which is much faster where
    /// readers check what they read.
    /// </param>
    /// <exception cref="IOException">The file cannot be written; no part of it remains, and an existing file is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The caller may not write to the folder.</exception>
    public static void Write(string path, Action<Stream> write, bool isFlushed = true)
    {
        // In the folder of the file, so that renaming copies no bytes.
        string partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(isFlushed);
            }
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception exception)
        {
            File.Delete(partial);
            // The runtime throws this for a file beyond the system's size limit.
            if (exception is ArgumentOutOfRangeException)
                throw new IOException($"'{path}' became larger than the system allows.", exception);
            throw;
        }
    }
}
