using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>Named tensors and texts as a SafeTensors file.</summary>
internal static class SafeTensorsFile
{
    /// <summary>Writes to a stream, from its position on.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="metadata">The texts.</param>
    /// <param name="tensors">The tensors, on any device.</param>
    public static void Write(Stream stream, IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, Tensor> tensors)
    {
        RequireLittleEndian();
        var entries = new List<SafeTensorsEntry>();
        long end = 0;
        // The largest numbers first: each then begins at a multiple of its size.
        foreach (var (name, tensor) in tensors.OrderByDescending(each => SafeTensorsTypes.SizeOf(each.Value.dtype)))
        {
            long begin = end;
            end += tensor.numel() * SafeTensorsTypes.SizeOf(tensor.dtype);
            entries.Add(new SafeTensorsEntry(name, tensor.dtype, tensor.shape, begin, end));
        }
        stream.Write(SafeTensorsHeader.Bytes(metadata, entries));
        foreach (var entry in entries)
        {
            using var scope = NewDisposeScope();
            TensorBytes.Write(stream, tensors[entry.Name].detach().cpu().contiguous());
        }
    }

    /// <summary>Opens a file to read it.</summary>
    /// <exception cref="CheckpointException">It is a folder.</exception>
    // Of a folder the system says that access is denied.
    public static FileStream OpenRead(string path) =>
        Directory.Exists(path) ? throw new CheckpointException($"'{path}' is a folder; expected a file.") : File.OpenRead(path);

    /// <summary>Reads the header of what is left of a stream that can seek.</summary>
    /// <exception cref="CheckpointException">It is not of this format.</exception>
    public static SafeTensorsHeader ReadHeader(Stream stream)
    {
        RequireLittleEndian();
        return SafeTensorsHeader.Read(stream, stream.Length - stream.Position);
    }

    /// <summary>Reads the tensors behind a header; they belong to the caller's scope.</summary>
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

    private static void RequireLittleEndian()
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("The processor is big-endian; SafeTensors files are little-endian.");
    }
}
