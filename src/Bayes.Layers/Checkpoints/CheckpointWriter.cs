using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>Writes checkpoints.</summary>
internal static class CheckpointWriter
{
    /// <summary>Writes a file under another name, flushes it to the disk and renames it.</summary>
    /// <exception cref="IOException">It cannot be written; nothing is left of it.</exception>
    public static void Write(Func<ModelState> state, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        // Beside the file, so that renaming moves no bytes.
        string partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write))
            {
                Write(state(), stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception exception)
        {
            File.Delete(partial);
            // What the runtime says of a file beyond a limit of the system's.
            if (exception is ArgumentOutOfRangeException)
                throw new IOException($"'{path}' became larger than the system lets a file be.", exception);
            throw;
        }
    }

    /// <summary>Writes to a stream, from its position on.</summary>
    public static void Write(ModelState state, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        SafeTensorsHeader.RequireLittleEndian();
        var entries = new List<SafeTensorsEntry>();
        long end = 0;
        // The largest numbers first: each then begins at a multiple of its size. What has several names is written once.
        foreach (var (name, tensor) in state.Tensors
            .Where(each => !state.Ties.ContainsKey(each.Key)).OrderByDescending(each => SafeTensorsTypes.SizeOf(each.Value.dtype)))
        {
            long begin = end;
            end += tensor.numel() * SafeTensorsTypes.SizeOf(tensor.dtype);
            entries.Add(new SafeTensorsEntry(name, tensor.dtype, tensor.shape, begin, end));
        }
        stream.Write(SafeTensorsHeader.Bytes(CheckpointMetadata.Write(state), entries));
        foreach (var entry in entries)
        {
            using var scope = NewDisposeScope();
            TensorBytes.Write(stream, state.Tensors[entry.Name].detach().cpu().contiguous());
        }
    }
}
