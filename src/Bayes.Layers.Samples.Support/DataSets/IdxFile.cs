using System.Buffers.Binary;
using System.IO.Compression;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>
/// An array of bytes in the IDX format of the MNIST database: two zeros, the type of the numbers, the number of axes, the size of each axis, and the
/// numbers in row-major order. A file may be compressed by gzip.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Shape">The size of each axis.</param>
/// <param name="Values">The numbers.</param>
internal sealed record IdxFile(string Path, IReadOnlyList<int> Shape, byte[] Values)
{
    /// <summary>Largest number of bytes of an array; a larger one is refused before it is read.</summary>
    public const long MaximumBytes = 512 * 1024 * 1024;

    private const byte UnsignedByte = 8;
    private const string Compressed = ".gz";

    /// <summary>Reads a file of a folder, or the compressed file of the same name with ".gz".</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name without ".gz".</param>
    /// <param name="axes">The number of axes that the array must have.</param>
    /// <exception cref="DataFileException">The file cannot be used.</exception>
    public static IdxFile Read(string folder, string name, int axes)
    {
        string path = System.IO.Path.Combine(folder, name);
        if (!File.Exists(path))
            path = File.Exists(path + Compressed) ? path + Compressed
                : throw new DataFileException(path, $"does not exist, and neither does \"{name}{Compressed}\" beside it");
        try
        {
            using var file = File.OpenRead(path);
            using Stream content = IsCompressed(file) ? new GZipStream(file, CompressionMode.Decompress) : file;
            return Read(path, content, axes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DataFileException(path, $"cannot be read: {exception.Message.TrimEnd('.')}", exception);
        }
    }

    private static bool IsCompressed(FileStream file)
    {
        int first = file.ReadByte(), second = file.ReadByte();
        file.Position = 0;
        return (first, second) is (0x1F, 0x8B);
    }

    private static IdxFile Read(string path, Stream content, int axes)
    {
        var header = new byte[4 + 4 * axes];
        if (content.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
            throw new DataFileException(path, $"ends within its header, where {header.Length} bytes were expected");
        if (header[0] != 0 || header[1] != 0 || header[2] != UnsignedByte || header[3] != axes)
            throw new DataFileException(
                path, $"begins with the bytes {header[0]}, {header[1]}, {header[2]}, {header[3]}, where 0, 0, {UnsignedByte}, {axes} were expected: "
                + $"an IDX file of bytes with {axes} {(axes == 1 ? "axis" : "axes")}");
        int[] shape = [.. Enumerable.Range(0, axes).Select(axis => BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + 4 * axis)))];
        long size = shape.Aggregate(1L, (product, length) => length < 1 || product > MaximumBytes ? long.MaxValue / int.MaxValue : product * length);
        if (shape.Any(length => length < 1) || size > MaximumBytes)
            throw new DataFileException(
                path, $"has the shape [{string.Join(", ", shape)}], where sizes above 0 and at most {MaximumBytes} numbers were expected");
        var values = new byte[size];
        int found = content.ReadAtLeast(values, values.Length, throwOnEndOfStream: false);
        if (found < size || content.ReadByte() >= 0)
            throw new DataFileException(
                path, $"has {(found < size ? $"{found}" : $"more than {size}")} numbers after its header, where {size} were expected");
        return new IdxFile(path, shape, values);
    }
}
