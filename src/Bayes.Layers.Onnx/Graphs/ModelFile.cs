using Google.Protobuf;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Graphs;

/// <summary>
/// Writes a graph in ONNX's protobuf format. The numbers of fields and types are those of the format; nothing else of its definition is needed to
/// write a file.
/// </summary>
internal static class ModelFile
{
    /// <summary>The most bytes of a file: protobuf's length of a message is a signed number of 32 bits.</summary>
    public const long MostBytes = int.MaxValue;

    /// <summary>Writes a model.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="graph">The graph.</param>
    /// <param name="header">What stands beside the graph.</param>
    /// <param name="most">The most bytes.</param>
    /// <returns>The number of bytes.</returns>
    /// <exception cref="NotSupportedException">The model is larger.</exception>
    public static long Write(Stream stream, GraphBuilder graph, ModelHeader header, long most = MostBytes)
    {
        var (nodes, initializers) = graph.Needed();
        byte[] front = Bytes(output =>
        {
            foreach (var node in nodes)
                Message(output, 1, Bytes(own => Write(own, node)));
            Text(output, 2, header.GraphName);
        });
        byte[] back = Bytes(output =>
        {
            foreach (var input in graph.Inputs)
                Message(output, 11, Bytes(own => Write(own, input)));
            foreach (var value in graph.Outputs)
                Message(output, 12, Bytes(own => Write(own, value)));
        });
        byte[][] heads = [.. initializers.Select(each => Bytes(output => WriteHead(output, each)))];
        long length = front.LongLength + back.LongLength + initializers.Select((each, i) => SizeWithin(heads[i].Length + RawSize(each))).Sum();
        byte[] beside = Bytes(output => Write(output, header));
        long total = beside.LongLength + SizeWithin(length);
        RequireRoom(total, most);
        stream.Write(beside);
        WriteStart(stream, 7, length);
        stream.Write(front);
        foreach (var (i, each) in initializers.Index())
        {
            WriteStart(stream, 5, heads[i].Length + RawSize(each));
            stream.Write(heads[i]);
            WriteStart(stream, 9, each.ByteCount);
            WriteNumbers(stream, each.Numbers);
        }
        stream.Write(back);
        return total;
    }

    /// <summary>Refuses a size that the format cannot hold.</summary>
    /// <exception cref="NotSupportedException">The size is larger than <paramref name="most"/>.</exception>
    public static void RequireRoom(long bytes, long most = MostBytes)
    {
        if (bytes > most)
            throw new NotSupportedException(
                $"The model takes {bytes} bytes; expected at most {most}, which is all that ONNX's format holds in one file: export fewer draws.");
    }

    private static void Write(CodedOutputStream output, ModelHeader header)
    {
        output.WriteTag(1, WireFormat.WireType.Varint);
        output.WriteInt64(header.FormatVersion);
        Text(output, 2, header.Producer);
        Text(output, 3, header.ProducerVersion);
        Message(output, 8, Bytes(own =>
        {
            own.WriteTag(2, WireFormat.WireType.Varint);
            own.WriteInt64(header.Opset);
        }));
        foreach (var (key, value) in header.Metadata)
            Message(output, 14, Bytes(own =>
            {
                Text(own, 1, key);
                Text(own, 2, value);
            }));
    }

    private static void Write(CodedOutputStream output, GraphNode node)
    {
        foreach (string input in node.Inputs)
            Text(output, 1, input);
        foreach (string result in node.Outputs)
            Text(output, 2, result);
        Text(output, 3, node.Name);
        Text(output, 4, node.Operator);
        foreach (var attribute in node.Attributes)
            Message(output, 5, Bytes(own => Write(own, attribute)));
    }

    private static void Write(CodedOutputStream output, GraphAttribute attribute)
    {
        Text(output, 1, attribute.Name);
        int type;
        switch (attribute.Value)
        {
            case float number:
                type = 1;
                output.WriteTag(2, WireFormat.WireType.Fixed32);
                output.WriteFloat(number);
                break;
            case long number:
                type = 2;
                output.WriteTag(3, WireFormat.WireType.Varint);
                output.WriteInt64(number);
                break;
            case string text:
                type = 3;
                Text(output, 4, text);
                break;
            case long[] numbers:
                type = 7;
                foreach (long number in numbers)
                {
                    output.WriteTag(8, WireFormat.WireType.Varint);
                    output.WriteInt64(number);
                }
                break;
            default:
                throw new ArgumentException($"An attribute is a {attribute.Value.GetType().Name}; expected a number, numbers or text.");
        }
        output.WriteTag(20, WireFormat.WireType.Varint);
        output.WriteEnum(type);
    }

    // An input or output: its name, and its type with its shape.
    private static void Write(CodedOutputStream output, GraphValue value)
    {
        Text(output, 1, value.Name);
        byte[] shape = Bytes(own =>
        {
            foreach (var (axis, size) in value.Shape.Index())
                Message(own, 1, Bytes(dimension =>
                {
                    if (size is { } known)
                    {
                        dimension.WriteTag(1, WireFormat.WireType.Varint);
                        dimension.WriteInt64(known);
                    }
                    else
                        Text(dimension, 2, $"{value.Name}_{axis}");
                }));
        });
        byte[] tensorType = Bytes(own =>
        {
            own.WriteTag(1, WireFormat.WireType.Varint);
            own.WriteEnum((int)value.Type);
            Message(own, 2, shape);
        });
        Message(output, 2, Bytes(own => Message(own, 1, tensorType)));
    }

    private static void WriteHead(CodedOutputStream output, GraphInitializer initializer)
    {
        foreach (long? size in initializer.Value.Shape)
        {
            output.WriteTag(1, WireFormat.WireType.Varint);
            output.WriteInt64(size!.Value);
        }
        output.WriteTag(2, WireFormat.WireType.Varint);
        output.WriteEnum((int)initializer.Value.Type);
        Text(output, 8, initializer.Value.Name);
    }

    // In parts: a span has at most 2³¹ bytes, and numbers are in memory in the format's order of bytes.
    private static void WriteNumbers(Stream stream, Tensor numbers)
    {
        const long AtATime = 1 << 24;
        using var scope = NewDisposeScope();
        var flat = numbers.reshape(-1);
        for (long first = 0; first < flat.numel(); first += AtATime)
        {
            using var part = flat.narrow(0, first, Math.Min(AtATime, flat.numel() - first));
            stream.Write(part.bytes);
        }
    }

    private static long RawSize(GraphInitializer initializer) => SizeWithin(initializer.ByteCount);

    // The size of a message with its tag, which takes a byte for every field used here, and its length.
    private static long SizeWithin(long length) =>
        1 + (length > MostBytes ? 5 : CodedOutputStream.ComputeLengthSize((int)length)) + length;

    private static byte[] Bytes(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true))
            write(output);
        return memory.ToArray();
    }

    private static void WriteStart(Stream stream, int field, long length)
    {
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteLength((int)length);
    }

    private static void Message(CodedOutputStream output, int field, byte[] message)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(message));
    }

    private static void Text(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }
}
