using CsCheck;

namespace Bayes.Layers.Tests.Properties;

/// <summary>A fault in a file: its kind, its place, and its bytes.</summary>
internal sealed record ByteFault(ByteFaultKind Kind, double Where, byte Bit, byte[] Bytes)
{
    /// <summary>Generates any fault.</summary>
    public static Gen<ByteFault> Any { get; } = Gen.Select(
        Gen.Enum<ByteFaultKind>(), Gen.Double[0, 1], Gen.Byte[0, 7], Gen.Byte.Array[0, 12],
        (kind, where, bit, bytes) => new ByteFault(kind, where, bit, bytes));

    /// <summary>Returns the file with the fault. The file may be empty after an earlier fault.</summary>
    /// <param name="file">The file.</param>
    /// <param name="texts">Replacements for numbers and other texts of the file.</param>
    public byte[] In(byte[] file, params byte[][] texts)
    {
        int at = Math.Min((int)(Where * file.Length), Math.Max(file.Length - 1, 0));
        int most = Math.Min(Bytes.Length, file.Length - at);
        switch (Kind)
        {
            case ByteFaultKind.Flip when file.Length > 0:
                byte[] flipped = [.. file];
                flipped[at] ^= (byte)(1 << Bit);
                return flipped;
            case ByteFaultKind.Cut:
                return file[..at];
            case ByteFaultKind.CutStart:
                return file[at..];
            case ByteFaultKind.Remove:
                return [.. file[..at], .. file[(at + most)..]];
            case ByteFaultKind.Insert:
                return [.. file[..at], .. Bytes, .. file[at..]];
            case ByteFaultKind.Overwrite:
                return [.. file[..at], .. Bytes[..most], .. file[(at + most)..]];
            case ByteFaultKind.Repeat:
                return [.. file[..at], .. file[Math.Max(0, at - 8 * Bytes.Length)..at], .. file[at..]];
            case ByteFaultKind.Number when NextNumber(file, at) is { } number:
                return [.. file[..number.Start.Value], .. texts[Bit % texts.Length], .. file[number.End.Value..]];
            case ByteFaultKind.SwapNumbers when NextNumber(file, at) is { } one && NextNumber(file, one.End.Value) is { } other:
                return [.. file[..one.Start.Value], .. file[other], .. file[one.End.Value..other.Start.Value], .. file[one],
                    .. file[other.End.Value..]];
            default:
                return file;
        }
    }

    public override string ToString() => $"{Kind} at {Where}, bit {Bit}, bytes {Convert.ToHexString(Bytes)}";

    private static Range? NextNumber(byte[] file, int from)
    {
        int start = Array.FindIndex(file, from, each => char.IsAsciiDigit((char)each));
        if (start < 0)
            return null;
        int end = Array.FindIndex(file, start, each => !char.IsAsciiDigit((char)each));
        return start..(end < 0 ? file.Length : end);
    }
}
