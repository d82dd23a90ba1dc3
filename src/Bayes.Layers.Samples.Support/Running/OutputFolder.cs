namespace Bayes.Layers.Samples.Support.Running;

/// <summary>The folder for results.</summary>
internal static class OutputFolder
{
    /// <summary>Makes the folder and writes a file for a test, so that no training is lost for want of a folder.</summary>
    /// <returns>The full path.</returns>
    /// <exception cref="IOException">The folder cannot be made or written to; the message has the folder and the reason.</exception>
    public static string Prepare(string path)
    {
        string? folder = null;
        try
        {
            folder = Path.GetFullPath(path);
            Directory.CreateDirectory(folder);
            string probe = Path.Combine(folder, $".probe-{Guid.NewGuid():N}");
            try
            {
                File.WriteAllBytes(probe, [0]);
            }
            finally
            {
                File.Delete(probe);
            }
            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new IOException($"The output folder '{path}' cannot be written to: {Reason(folder, exception)}", exception);
        }
    }

    private static string Reason(string? folder, Exception exception)
    {
        if (exception is UnauthorizedAccessException)
            return "access is denied.";
        if (folder is null)
            return exception.Message;
        // .NET appends the path of the probe to the reason.
        if (Directory.Exists(folder))
            return exception.Message.Split(" : '")[0] + ".";
        string existing = folder;
        while (!Path.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
            existing = parent;
        // If the system does not let anybody make the folder, .NET reports that a file was not found.
        return File.Exists(existing) ? $"'{existing}' is a file; expected a folder."
            : exception is FileNotFoundException or DirectoryNotFoundException ? $"no folder can be made in '{existing}'."
            : exception.Message;
    }
}
