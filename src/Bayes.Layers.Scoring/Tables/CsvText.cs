using System.Text;

namespace Bayes.Layers.Scoring.Tables;

/// <summary>Turns bytes of a CSV file into text.</summary>
internal static class CsvText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="InvalidDataException">The bytes are not text in UTF-8.</exception>
    public static string Decode(string name, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return !bytes.Contains((byte)0) ? Strict.GetString(bytes)
                : throw new InvalidDataException($"{name} is a binary file; expected text in UTF-8.");
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"{name} is not text in UTF-8; expected a CSV file in that encoding.", exception);
        }
    }
}
