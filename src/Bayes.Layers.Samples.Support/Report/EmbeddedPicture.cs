using System.Buffers.Binary;

namespace Bayes.Layers.Samples.Support.Report;

/// <summary>A PNG file as a data address, and its size in pixels.</summary>
internal sealed record EmbeddedPicture(string Address, int Width, int Height)
{
    // After the signature comes the first chunk: its length, its name, the width and the height.
    private const int WidthAt = 16;
    private const int HeightAt = 20;

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">The file is not a PNG file.</exception>
    public static EmbeddedPicture Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < HeightAt + sizeof(int) || !bytes.AsSpan().StartsWith(Signature))
            throw new InvalidDataException($"The figure '{path}' is no PNG file.");
        return new EmbeddedPicture(
            "data:image/png;base64," + Convert.ToBase64String(bytes),
            BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(WidthAt)),
            BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(HeightAt)));
    }
}
