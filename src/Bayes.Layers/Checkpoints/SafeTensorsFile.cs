using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>Writes and reads named tensors and texts as a SafeTensors file.</summary>
internal static class SafeTensorsFile
{
    /// <summary>Writes to a stream, at its current position.</summary>
    /// <param name="stream">The stream, which stays open.</param>
    /// <param name="metadata">The texts.</param>
    /// <param name="tensors">The tensors, on any device.</param>
    public static void Write(Stream stream, IReadOnlyDictionary<string, string> metadata, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        SafeTensorsHeader.RequireLittleEndian();
        var entries = new List<SafeTensorsEntry>();
        long end = 0;
        // Larger element types come first, so that each tensor begins at a multiple of its element size.
        KeyValuePair<string, Tensor>[] ordered = [.. tensors.OrderByDescending(each => SafeTensorsTypes.SizeOf(each.Value.dtype))];
        foreach (var (name, tensor) in ordered)
        {
            long begin = end;
            end += tensor.numel() * SafeTensorsTypes.SizeOf(tensor.dtype);
            entries.Add(new SafeTensorsEntry(name, tensor.dtype, tensor.shape, begin, end));
        }
        stream.Write(SafeTensorsHeader.Bytes(metadata, entries));
        foreach (var (_, tensor) in ordered)
        {
            using var scope = NewDisposeScope();
            TensorBytes.Write(stream, tensor.detach().cpu().contiguous());
        }
    }

    /// <summary>Reads the header at the current position of a stream that can seek.</summary>
    /// <exception cref="CheckpointException">The file is not of this format.</exception>
    public static SafeTensorsHeader ReadHeader(Stream stream)
    {
        SafeTensorsHeader.RequireLittleEndian();
        return SafeTensorsHeader.Read(stream, stream.Length - stream.Position);
    }

    /// <summary>Reads the tensors after a header. They belong to the dispose scope of the caller.</summary>
    public static Dictionary<string, Tensor> ReadTensors(Stream stream, SafeTensorsHeader header)
    {
        var tensors = new Dictionary<string, Tensor>();
        foreach (var entry in header.Entries)
        {
            var value = empty(entry.Shape, entry.Type, CPU);
            TensorBytes.Read(stream, value);
            tensors.Add(entry.Name, value);
        }
        return tensors;
    }
}
