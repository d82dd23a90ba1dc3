using System.Buffers.Binary;
using System.Text.Json;

namespace Bayes.Layers.Checkpoints;

/// <summary>
/// The header of a SafeTensors file: eight bytes with the length of a JSON object (little-endian), and the object, which maps names to types, shapes
/// and places, and <c>__metadata__</c> to texts. The data follow without gaps.
/// </summary>
/// <param name="Metadata">The texts.</param>
/// <param name="Entries">The tensors in the order of their data.</param>
/// <param name="DataOffset">The offset of the data in the file.</param>
internal sealed record SafeTensorsHeader(IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<SafeTensorsEntry> Entries, long DataOffset)
{
    private const string MetadataKey = "__metadata__";
    private const int LengthBytes = sizeof(ulong);

    // The limit of the format.
    private const long LongestHeader = 100_000_000;

    // Aligns elements of every type, so that programs may map the file into memory.
    private const int Alignment = 8;

    /// <summary>The options of the reader. It refuses duplicate keys, since JSON readers differ in which one they take.</summary>
    public static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 4 };

    /// <summary>Reads and checks the header of a file.</summary>
    /// <param name="stream">The file, at its start.</param>
    /// <param name="length">The length of the whole file in bytes, which limits the memory that is allocated.</param>
    /// <exception cref="CheckpointException">The file is not of this format.</exception>
    public static SafeTensorsHeader Read(Stream stream, long length)
    {
        if (length < LengthBytes)
            throw new CheckpointException(
                $"The file has {length} bytes; expected a SafeTensors file, which begins with {LengthBytes} bytes of length.");
        Span<byte> size = stackalloc byte[LengthBytes];
        stream.ReadExactly(size);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(size);
        if (headerLength is < 2 or > LongestHeader)
            throw new CheckpointException(
                $"The header's length is {headerLength} bytes; expected a SafeTensors file with a header of 2 to {LongestHeader} bytes.");
        if (headerLength > (ulong)(length - LengthBytes))
            throw new CheckpointException(
                $"The header's length is {headerLength} bytes, but the file has only {length}; it is truncated, or not a SafeTensors file.");
        byte[] text = new byte[headerLength];
        stream.ReadExactly(text);
        if (text[0] != (byte)'{')
            throw new CheckpointException("The header does not begin with '{'; expected a SafeTensors file.");
        return Parse(text, LengthBytes + (long)headerLength, length);
    }

    /// <summary>Writes a header.</summary>
    /// <param name="metadata">The texts.</param>
    /// <param name="entries">The tensors in the order of their data.</param>
    /// <returns>The bytes that come before the data.</returns>
    public static byte[] Bytes(IReadOnlyDictionary<string, string> metadata, IEnumerable<SafeTensorsEntry> entries)
    {
        using var buffer = new MemoryStream();
        buffer.SetLength(LengthBytes);
        buffer.Position = LengthBytes;
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach (var (key, text) in metadata)
                json.WriteString(key, text);
            json.WriteEndObject();
            foreach (var entry in entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", SafeTensorsTypes.NameOf(entry.Type));
                WriteNumbers(json, "shape", entry.Shape);
                WriteNumbers(json, "data_offsets", [entry.Begin, entry.End]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % Alignment != 0)
            buffer.WriteByte((byte)' ');
        byte[] bytes = buffer.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)(bytes.Length - LengthBytes));
        return bytes;
    }

    /// <summary>Refuses a processor with another byte order than the format.</summary>
    public static void RequireLittleEndian()
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("The processor is big-endian; SafeTensors files are little-endian.");
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, long[] numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static SafeTensorsHeader Parse(byte[] text, long dataOffset, long length)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            var metadata = new Dictionary<string, string>();
            var entries = new List<SafeTensorsEntry>();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == MetadataKey)
                    foreach (var entry in Object(property).EnumerateObject())
                        metadata.Add(
                            entry.Name, entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()!
                                : throw new CheckpointException($"The metadata '{entry.Name}' is not a string."));
                else
                    entries.Add(Entry(property));
            }
            entries.Sort((one, other) => (one.Begin, one.End).CompareTo((other.Begin, other.End)));
            RequireWhole(entries, length - dataOffset);
            return new SafeTensorsHeader(metadata, entries, dataOffset);
        }
        // GetString throws InvalidOperationException for an unpaired surrogate.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"The header is not valid JSON: {exception.Message.Split('\n')[0].TrimEnd()}", exception);
        }
    }

    private static JsonElement Object(JsonProperty property) => property.Value.ValueKind == JsonValueKind.Object
        ? property.Value
        : throw new CheckpointException($"The header's entry '{property.Name}' is not an object.");

    private static SafeTensorsEntry Entry(JsonProperty property)
    {
        string name = property.Name;
        JsonElement value = Object(property);
        string[] keys = [.. value.EnumerateObject().Select(each => each.Name)];
        if (keys.Length != 3 || !keys.Contains("dtype") || !keys.Contains("shape") || !keys.Contains("data_offsets"))
            throw new CheckpointException($"The tensor '{name}' has the keys {string.Join(", ", keys)}; expected dtype, shape and data_offsets.");
        var type = value.GetProperty("dtype");
        if (type.ValueKind != JsonValueKind.String || SafeTensorsTypes.TypeOf(type.GetString()!) is not { } scalar)
            throw new CheckpointException($"The tensor '{name}' is of type {type}; expected one of {SafeTensorsTypes.Names}.");
        long[] shape = Numbers(name, "shape", value), offsets = Numbers(name, "data_offsets", value);
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw new CheckpointException(
                $"The tensor '{name}' has the data offsets [{string.Join(", ", offsets)}]; expected the start and end of its data.");
        Int128 bytes = shape.Contains(0) ? 0 : SafeTensorsTypes.SizeOf(scalar);
        foreach (long size in shape)
            if ((bytes *= size) > long.MaxValue)
                break;
        if (bytes != offsets[1] - offsets[0])
            throw new CheckpointException(
                $"The tensor '{name}' of shape [{string.Join(", ", shape)}] and type {type} has {offsets[1] - offsets[0]} bytes of data, "
                + "which do not fit its shape and type.");
        return new SafeTensorsEntry(name, scalar, shape, offsets[0], offsets[1]);
    }

    private static long[] Numbers(string name, string key, JsonElement entry)
    {
        var array = entry.GetProperty(key);
        var numbers = new List<long>();
        if (array.ValueKind == JsonValueKind.Array)
            foreach (var element in array.EnumerateArray())
                numbers.Add(
                    element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long number) && number >= 0 ? number
                    : throw new CheckpointException($"The tensor '{name}' has {element} in its {key}; expected a whole number of at least 0."));
        else
            throw new CheckpointException($"The entry '{key}' of the tensor '{name}' is not a list.");
        return [.. numbers];
    }

    private static void RequireWhole(IEnumerable<SafeTensorsEntry> entries, long bytes)
    {
        long end = 0;
        foreach (var entry in entries)
        {
            if (entry.Begin != end)
                throw new CheckpointException(
                    $"The data of '{entry.Name}' begin at byte {entry.Begin}; expected byte {end}, the end of the data before them.");
            end = entry.End;
        }
        if (end != bytes)
            throw new CheckpointException($"The tensors have {end} bytes of data, but the file has {bytes}; it is truncated or damaged.");
    }
}
