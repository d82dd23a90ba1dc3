namespace Bayes.Layers.Data;

/// <summary>A file that is read several times, and must be the same each time.</summary>
internal sealed class UnchangedFile
{
    private const int BufferSize = 1 << 16;

    private readonly string _path;
    private readonly (long Length, DateTime Written) _seen;

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public UnchangedFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = path;
        Name = $"'{path}'";
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new FileNotFoundException($"{Name} does not exist; expected a file.", path);
        _seen = (file.Length, file.LastWriteTimeUtc);
    }

    /// <summary>Gets what messages call the file.</summary>
    public string Name { get; }

    /// <summary>Opens the file to read.</summary>
    /// <exception cref="InvalidDataException">The file has changed.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public FileStream Open()
    {
        RequireUnchanged();
        return new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize);
    }

    /// <summary>Opens the file and reads from it.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public T Read<T>(Func<Stream, T> read)
    {
        using var stream = Open();
        return Guard(() => read(stream));
    }

    /// <summary>Reads from the file, and turns every exception of a reader of its format into one sentence.</summary>
    /// <param name="read">Reads.</param>
    /// <param name="place">Which part is read; null for the whole.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or has changed.</exception>
    public T Guard<T>(Func<T> read, string? place = null)
    {
        T result;
        try
        {
            result = read();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            RequireUnchanged();
            throw new InvalidDataException(
                $"{Name} cannot be read{(place is null ? "" : $" in {place}")}: it is damaged or of another format "
                + $"({exception.Message.Split('\n')[0].TrimEnd('.', ' ', '\r')}).", exception);
        }
        RequireUnchanged();
        return result;
    }

    private void RequireUnchanged()
    {
        var file = new FileInfo(_path);
        if (!file.Exists)
            throw new InvalidDataException($"{Name} does not exist any more; expected it to stay while it is read.");
        if ((file.Length, file.LastWriteTimeUtc) != _seen)
            throw new InvalidDataException(
                $"{Name} has changed: it has {file.Length} bytes, written {file.LastWriteTimeUtc:u}; expected {_seen.Length} bytes, "
                + $"written {_seen.Written:u}, as when it was opened.");
    }
}
