namespace Bayes.Layers.Checkpoints;

/// <summary>Writes a file whole or not at all: under another name, flushed to the disk, and then renamed.</summary>
internal static class WholeFile
{
    /// <summary>Writes a file; one that is there is replaced.</summary>
    /// <param name="path">The file. Its folder has to exist.</param>
    /// <param name="write">Writes the bytes.</param>
    /// <exception cref="IOException">The file cannot be written; nothing is left of it, and one that was there is as before.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        // Beside the file, so that renaming moves no bytes.
        string partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception exception)
        {
            File.Delete(partial);
            // What the runtime says of a file beyond a limit of the system's.
            if (exception is ArgumentOutOfRangeException)
                throw new IOException($"'{path}' became larger than the system lets a file be.", exception);
            throw;
        }
    }
}
