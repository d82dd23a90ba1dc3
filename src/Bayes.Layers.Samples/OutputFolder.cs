namespace Bayes.Layers.Samples;

/// <summary>The folder that results go to.</summary>
internal static class OutputFolder
{
    /// <summary>Makes the folder and tries it, so that an hour of training is not lost to a folder that cannot be written to.</summary>
    /// <exception cref="IOException">It cannot be made or written to; the message names it.</exception>
    public static string Prepare(string path)
    {
        try
        {
            string folder = Path.GetFullPath(path);
            Directory.CreateDirectory(folder);
            string probe = Path.Combine(folder, $".probe-{Guid.NewGuid():N}");
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new IOException($"The output folder '{path}' cannot be written to: {exception.Message}", exception);
        }
    }
}
