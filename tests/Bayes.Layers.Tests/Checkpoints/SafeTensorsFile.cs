using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Bayes.Layers.Tests.Checkpoints;

/// <summary>A reader and a writer of the format that use only its specification and no code of the library.</summary>
internal static class SafeTensorsFile
{
    /// <summary>Returns a file from the text of a header and data.</summary>
    public static byte[] Of(string header, params byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        return [.. length, .. text, .. data];
    }

    /// <summary>Returns single-precision numbers as bytes.</summary>
    public static byte[] Floats(params float[] numbers)
    {
        byte[] bytes = new byte[4 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), numbers[i]);
        return bytes;
    }

    /// <summary>Returns each tensor's type and where its data begin.</summary>
    public static (string Type, long Begin)[] Begins(byte[] file) =>
        [.. JsonNode.Parse(file.AsSpan(8, (int)BinaryPrimitives.ReadUInt64LittleEndian(file)))!.AsObject().Where(pair => pair.Key != "__metadata__")
            .Select(pair => (pair.Value!["dtype"]!.GetValue<string>(), pair.Value["data_offsets"]![0]!.GetValue<long>()))];

    /// <summary>Returns a file's metadata, and each tensor's type, shape and bytes.</summary>
    public static (JsonObject Metadata, Dictionary<string, (string Type, long[] Shape, byte[] Data)> Tensors) Read(byte[] file)
    {
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file), data = 8 + length;
        var header = JsonNode.Parse(file.AsSpan(8, length))!.AsObject();
        var tensors = header.Where(pair => pair.Key != "__metadata__").ToDictionary(pair => pair.Key, pair =>
        {
            long[] offsets = [.. pair.Value!["data_offsets"]!.AsArray().Select(each => each!.GetValue<long>())];
            return (pair.Value["dtype"]!.GetValue<string>(), pair.Value["shape"]!.AsArray().Select(each => each!.GetValue<long>()).ToArray(),
                file[(data + (int)offsets[0])..(data + (int)offsets[1])]);
        });
        return (header["__metadata__"]!.AsObject(), tensors);
    }
}
