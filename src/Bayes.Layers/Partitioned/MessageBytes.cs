using System.Buffers.Binary;
using System.Globalization;
using Bayes.Layers.Checkpoints;
using static TorchSharp.torch;

namespace Bayes.Layers.Partitioned;

/// <summary>
/// Writes and reads texts and natural parameters as a SafeTensors file, which programs in other languages can read too: a tensor for each weight
/// tensor, <c>[2, …shape]</c>, with precision · mean first. Numbers are in single precision if it holds all of them exactly.
/// </summary>
internal sealed class MessageBytes
{
    private const string FormatKey = "format";

    private readonly string _kind;
    private readonly IReadOnlyDictionary<string, string> _texts;
    private readonly Dictionary<string, NaturalParameters> _groups;

    private MessageBytes(string kind, IReadOnlyDictionary<string, string> texts, Dictionary<string, NaturalParameters> groups) =>
        (_kind, _texts, _groups) = (kind, texts, groups);

    /// <summary>Writes a message.</summary>
    /// <param name="kind">What the message is, with the version of its form, such as <c>partition-request-1</c>.</param>
    /// <param name="texts">Its texts.</param>
    /// <param name="groups">Its natural parameters by name; those that are null are left out.</param>
    public static byte[] Write(
        string kind, IEnumerable<(string Key, string Text)> texts, IEnumerable<(string Name, NaturalParameters? Values)> groups)
    {
        var (header, kept, isSingle) = Header(kind, texts, groups);
        byte[] bytes = new byte[header.Length + DataLength(kept, isSingle)];
        header.CopyTo(bytes, 0);
        var rest = bytes.AsSpan(header.Length);
        foreach (var (_, values) in kept)
            for (int index = 0; index < values.Names.Count; index++)
            {
                int start = values.Layout.Starts[index], end = values.Layout.Starts[index + 1];
                rest = WriteNumbers(WriteNumbers(rest, values.PrecisionMeans[start..end], isSingle), values.Precisions[start..end], isSingle);
            }
        return bytes;
    }

    /// <summary>Returns the count of bytes that <see cref="Write"/> makes.</summary>
    public static long Length(
        string kind, IEnumerable<(string Key, string Text)> texts, IEnumerable<(string Name, NaturalParameters? Values)> groups)
    {
        var (header, kept, isSingle) = Header(kind, texts, groups);
        return header.Length + DataLength(kept, isSingle);
    }

    /// <summary>Reads a message.</summary>
    /// <param name="kind">What it must be.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="CheckpointException">The bytes are damaged, or another message.</exception>
    public static MessageBytes Read(string kind, ReadOnlySpan<byte> bytes)
    {
        using var stream = new MemoryStream(bytes.ToArray(), writable: false);
        var header = SafeTensorsFile.ReadHeader(stream);
        string found = header.Metadata.GetValueOrDefault(FormatKey) ?? "no message";
        if (found != kind)
            throw new CheckpointException($"The bytes are {found}; expected {kind}.");
        var groups = new Dictionary<string, NaturalParameters>();
        foreach (var group in header.Entries.GroupBy(entry => entry.Name.Split('/', 2)[0]))
            groups.Add(group.Key, ReadGroup(group, bytes[(int)header.DataOffset..]));
        return new MessageBytes(kind, header.Metadata, groups);
    }

    /// <summary>Returns a text.</summary>
    public string Text(string key) => TextOrNull(key) ?? throw new CheckpointException($"The {_kind} has no '{key}'; expected a whole message.");

    /// <summary>Returns a text, or null if there is no such text.</summary>
    public string? TextOrNull(string key) => _texts.GetValueOrDefault(key);

    /// <summary>Returns a whole number.</summary>
    public long Number(string key) => long.TryParse(Text(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number
        : throw new CheckpointException($"The {_kind} has '{Text(key)}' as '{key}'; expected a whole number.");

    /// <summary>Returns a number, or null if there is no such text.</summary>
    public double? RealOrNull(string key) => TextOrNull(key) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
        : throw new CheckpointException($"The {_kind} has '{text}' as '{key}'; expected a number.");

    /// <summary>Returns natural parameters.</summary>
    public NaturalParameters Group(string name) =>
        GroupOrNull(name) ?? throw new CheckpointException($"The {_kind} has no natural parameters '{name}'; expected a whole message.");

    /// <summary>Returns natural parameters, or null if there are none of this name.</summary>
    public NaturalParameters? GroupOrNull(string name) => _groups.GetValueOrDefault(name);

    /// <summary>Returns a number as text from which it can be read again, to the bit.</summary>
    public static string Of(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Returns a whole number as text.</summary>
    public static string Of(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static (byte[] Header, List<(string Name, NaturalParameters Values)> Groups, bool IsSingle) Header(
        string kind, IEnumerable<(string Key, string Text)> texts, IEnumerable<(string Name, NaturalParameters? Values)> groups)
    {
        List<(string Name, NaturalParameters Values)> kept =
            [.. groups.Where(each => each.Values is not null).Select(each => (each.Name, each.Values!))];
        bool isSingle = kept.TrueForAll(each => each.Values.IsSingle);
        var type = isSingle ? ScalarType.Float32 : ScalarType.Float64;
        var entries = new List<SafeTensorsEntry>();
        long end = 0;
        foreach (var (name, values) in kept)
            foreach (var (index, tensor) in values.Names.Index())
            {
                long begin = end;
                end += 2L * (values.Layout.Starts[index + 1] - values.Layout.Starts[index]) * SafeTensorsTypes.SizeOf(type);
                entries.Add(new SafeTensorsEntry($"{name}/{tensor}", type, [2, .. values.Layout.Shapes[index]], begin, end));
            }
        var metadata = new Dictionary<string, string> { [FormatKey] = kind };
        foreach (var (key, text) in texts)
            metadata.Add(key, text);
        SafeTensorsHeader.RequireLittleEndian();
        return (SafeTensorsHeader.Bytes(metadata, entries), kept, isSingle);
    }

    private static long DataLength(List<(string Name, NaturalParameters Values)> groups, bool isSingle) =>
        groups.Sum(each => 2L * each.Values.Count * (isSingle ? sizeof(float) : sizeof(double)));

    private static Span<byte> WriteNumbers(Span<byte> bytes, ReadOnlySpan<double> values, bool isSingle)
    {
        foreach (double value in values)
        {
            if (isSingle)
                BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)value);
            else
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
            bytes = bytes[(isSingle ? sizeof(float) : sizeof(double))..];
        }
        return bytes;
    }

    private static NaturalParameters ReadGroup(IEnumerable<SafeTensorsEntry> entries, ReadOnlySpan<byte> data)
    {
        var names = new List<string>();
        var shapes = new List<long[]>();
        List<double> precisionMeans = [], precisions = [];
        foreach (var entry in entries)
        {
            bool isSingle = entry.Type == ScalarType.Float32;
            if (!isSingle && entry.Type != ScalarType.Float64 || entry.Shape is not [2, ..] || entry.Name.Split('/', 2) is not [_, var name])
                throw new CheckpointException(
                    $"The tensor '{entry.Name}' is of type {entry.Type} and shape {Numerics.Shapes.Describe(entry.Shape)}; expected group/name, "
                    + "Float32 or Float64, and [2, …].");
            names.Add(name);
            shapes.Add(entry.Shape[1..]);
            var bytes = data[(int)entry.Begin..(int)entry.End];
            int size = isSingle ? sizeof(float) : sizeof(double), half = bytes.Length / 2;
            for (int at = 0; at < half; at += size)
            {
                precisionMeans.Add(ReadNumber(bytes[at..], isSingle));
                precisions.Add(ReadNumber(bytes[(half + at)..], isSingle));
            }
        }
        return new NaturalParameters(new NaturalLayout(names, shapes), [.. precisionMeans], [.. precisions]);
    }

    private static double ReadNumber(ReadOnlySpan<byte> bytes, bool isSingle) =>
        isSingle ? BinaryPrimitives.ReadSingleLittleEndian(bytes) : BinaryPrimitives.ReadDoubleLittleEndian(bytes);
}
