namespace Bayes.Layers.Checkpoints;

/// <summary>Writes checkpoints.</summary>
internal static class CheckpointWriter
{
    /// <summary>Writes a file under another name, flushes it to the disk and renames it.</summary>
    /// <exception cref="IOException">The file cannot be written; no part of it remains.</exception>
    public static void Write(Func<ModelState> state, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        WholeFile.Write(path, stream => Write(state(), stream));
    }

    /// <summary>Writes to a stream, at its current position. A tensor with several names is written once.</summary>
    public static void Write(ModelState state, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        SafeTensorsFile.Write(stream, CheckpointMetadata.Write(state), state.Tensors.Where(each => !state.Ties.ContainsKey(each.Key)));
    }
}
