using System.Buffers.Binary;
using System.Net;

namespace Bayes.Layers.Reports.Pages;

/// <summary>A PNG file as a data address, and its size in pixels.</summary>
internal sealed record EmbeddedPicture(string Address, int Width, int Height)
{
    // After the signature comes the first chunk: its length, its name, the width and the height.
    private const int WidthAt = 16;
    private const int HeightAt = 20;

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Returns the picture as an element of a page.</summary>
    /// <param name="alternativeText">What it shows, in words.</param>
    public string ToHtml(string alternativeText) => FormattableString.Invariant(
        $"<img src=\"{Address}\" width=\"{Width}\" height=\"{Height}\" alt=\"{WebUtility.HtmlEncode(alternativeText)}\">");

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">The file is not a PNG file.</exception>
    public static EmbeddedPicture Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < HeightAt + sizeof(int) || !bytes.AsSpan().StartsWith(Signature))
            throw new InvalidDataException($"The figure '{path}' is not a PNG file.");
        return new EmbeddedPicture(
            "data:image/png;base64," + Convert.ToBase64String(bytes),
            BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(WidthAt)),
            BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(HeightAt)));
    }
}
