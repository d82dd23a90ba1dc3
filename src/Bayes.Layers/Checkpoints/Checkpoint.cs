using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>
/// The state of a model in a SafeTensors file: every tensor of <c>state_dict</c> under its key, and in the metadata the posterior and priors of every layer, the likelihood
/// and a version. Python reads it with <c>safetensors.torch.load_file</c>.
/// </summary>
/// <remarks>An optimizer's state is none of the model's, and is not in it.</remarks>
public static class Checkpoint
{
    /// <summary>Saves a model. The file is written under another name, flushed to the disk and then renamed: it is whole, or as it was before.</summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="path">The file; one that is there is replaced. Its folder has to be there.</param>
    /// <param name="loss">The loss that it was trained with, whose likelihood may have learned something.</param>
    /// <exception cref="ArgumentException">The model has a child named <c>loss</c>, or a tensor of a type that the format does not have, or one that was disposed.</exception>
    /// <exception cref="IOException">The file cannot be written; nothing is left of it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Save(nn.Module model, string path, ElboLoss? loss = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        WholeFile.Write(path, stream => Save(model, stream, loss));
    }

    /// <summary>Saves a model to a stream, from its position on.</summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="loss">The loss that it was trained with, whose likelihood may have learned something.</param>
    /// <exception cref="ArgumentException">The model has a child named <c>loss</c>, or a tensor of a type that the format does not have, or one that was disposed.</exception>
    public static void Save(nn.Module model, Stream stream, ElboLoss? loss = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(stream);
        var state = new ModelState(model, loss);
        SafeTensorsFile.Write(stream, state.Metadata, state.Tensors);
    }

    /// <summary>Loads a file into a model of the same structure. All is read and checked before the first number of the model changes.</summary>
    /// <param name="model">The model, on any device and of any floating-point type: numbers are converted to its own, rounded where that has fewer digits, and refused where it cannot hold them.</param>
    /// <param name="path">The file.</param>
    /// <param name="loss">The loss that was saved with the model; null where none was.</param>
    /// <param name="compareDescriptions">
    /// Whether priors, posteriors and likelihood have to be those of the model that was saved. Without it only the tensors' names and shapes have to be, as in a file that another program wrote.
    /// </param>
    /// <exception cref="CheckpointException">The file is damaged, of a later version, or of another model; the model is as it was.</exception>
    /// <exception cref="IOException">The file cannot be read; the model is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static void Load(nn.Module model, string path, ElboLoss? loss = null, bool compareDescriptions = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = SafeTensorsFile.OpenRead(path);
        Load(model, stream, loss, compareDescriptions);
    }

    /// <summary>Loads a model from a stream: all that is left of it.</summary>
    /// <param name="model">The model, on any device and of any floating-point type: numbers are converted to its own, rounded where that has fewer digits, and refused where it cannot hold them.</param>
    /// <param name="stream">The stream, which can seek; it stays open.</param>
    /// <param name="loss">The loss that was saved with the model; null where none was.</param>
    /// <param name="compareDescriptions">Whether priors, posteriors and likelihood have to be those of the model that was saved.</param>
    /// <exception cref="CheckpointException">The file is damaged, of a later version, or of another model; the model is as it was.</exception>
    /// <exception cref="ArgumentException">The stream cannot seek, so that it does not tell its length.</exception>
    public static void Load(nn.Module model, Stream stream, ElboLoss? loss = null, bool compareDescriptions = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        var header = ReadHeader(stream);
        var state = new ModelState(model, loss);
        state.RequireSame(header, compareDescriptions);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var read = new List<(Tensor Target, Tensor Value)>();
        foreach (var entry in header.Entries)
        {
            var target = state.Tensors[entry.Name];
            using var converting = NewDisposeScope();
            var value = empty(entry.Shape, NumberConversion.AsRead(entry.Type), CPU);
            TensorBytes.Read(stream, value);
            // On the CPU, so that a GPU need not hold the model twice.
            read.Add((target, NumberConversion.To(target.dtype, value, entry.Name).MoveToOuterDisposeScope()));
        }
        foreach (var (target, value) in read)
            target.copy_(value);
    }

    /// <summary>What a file says of itself, without reading its numbers.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is damaged, or of a later version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CheckpointInfo Describe(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = SafeTensorsFile.OpenRead(path);
        return Describe(stream);
    }

    /// <summary>What a file says of itself, without reading its numbers.</summary>
    /// <param name="stream">The stream from its position on, which can seek; it stays open, where its numbers begin.</param>
    /// <exception cref="CheckpointException">The file is damaged, or of a later version.</exception>
    /// <exception cref="ArgumentException">The stream cannot seek, so that it does not tell its length.</exception>
    public static CheckpointInfo Describe(Stream stream) => ModelState.InfoOf(ReadHeader(stream));

    private static SafeTensorsHeader ReadHeader(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek)
            throw new ArgumentException("The stream cannot seek, so that it does not tell its length; expected one that can, such as a file or a MemoryStream.", nameof(stream));
        return SafeTensorsFile.ReadHeader(stream);
    }
}
