using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>
/// The state of a model in a SafeTensors file: every tensor of <c>state_dict</c> under its key, and in the metadata the type, options, posterior
/// and priors of every module,
/// the likelihood and a version. Python reads it with <c>safetensors.torch.load_file</c>.
/// </summary>
/// <remarks>
/// A tensor that has several names in the model is written once, and the metadata name the others. The file does not hold an optimizer's state, the
/// mode of the model,
/// <c>requires_grad</c>, hooks, or <see cref="BayesianModule.TrainingEstimator"/>.
/// </remarks>
public static class Checkpoint
{
    /// <summary>Saves a model. The file is written under another name, flushed to the disk and then renamed: it is whole, or as it was
    /// before.</summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="path">The file; one that is there is replaced. Its folder has to be there.</param>
    /// <param name="loss">The loss that it was trained with, whose likelihood may have learned something.</param>
    /// <exception cref="ArgumentException">The model has a child named <c>loss</c>, or a tensor of a type that the format does not have, or one
    /// that was disposed.</exception>
    /// <exception cref="IOException">The file cannot be written; nothing is left of it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Save(nn.Module model, string path, ElboLoss? loss = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckpointWriter.Write(() => new ModelState(model, loss?.Likelihood, loss), path);
    }

    /// <summary>Saves a model with its likelihood, without a loss.</summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="path">The file; one that is there is replaced. Its folder has to be there.</param>
    /// <param name="likelihood">p(y | f), which may have learned something.</param>
    /// <inheritdoc cref="Save(nn.Module, string, ElboLoss?)"/>
    public static void Save(nn.Module model, string path, Likelihood likelihood)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        CheckpointWriter.Write(() => new ModelState(model, likelihood), path);
    }

    /// <summary>Saves a model to a stream, from its position on.</summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="loss">The loss that it was trained with, whose likelihood may have learned something.</param>
    /// <exception cref="ArgumentException">The model has a child named <c>loss</c>, or a tensor of a type that the format does not have, or one
    /// that was disposed.</exception>
    public static void Save(nn.Module model, Stream stream, ElboLoss? loss = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckpointWriter.Write(new ModelState(model, loss?.Likelihood, loss), stream);
    }

    /// <summary>Saves a model with its likelihood to a stream, without a loss.</summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="likelihood">p(y | f), which may have learned something.</param>
    /// <inheritdoc cref="Save(nn.Module, Stream, ElboLoss?)"/>
    public static void Save(nn.Module model, Stream stream, Likelihood likelihood)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        CheckpointWriter.Write(new ModelState(model, likelihood), stream);
    }

    /// <summary>Loads a file into a model of the same structure. All is read and checked before the first number of the model changes.</summary>
    /// <param name="model">The model, on any device and of any floating-point type: numbers are converted to its own, rounded where that has fewer
    /// digits, and refused where it cannot hold them.</param>
    /// <param name="path">The file.</param>
    /// <param name="loss">The loss that was saved with the model; null where none was.</param>
    /// <param name="compareDescriptions">
    /// Whether modules with their options, priors, posteriors, likelihood and shared tensors have to be those of the model that was saved. If
    /// false, only the tensors' names and
    /// shapes have to be, as in a file that another program wrote.
    /// </param>
    /// <exception cref="CheckpointException">The file is damaged, of a later version, or of another model; the model is as it was.</exception>
    /// <exception cref="IOException">The file cannot be read; the model is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static void Load(nn.Module model, string path, ElboLoss? loss = null, bool compareDescriptions = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var stream = CheckpointReader.Open(path);
        Load(model, stream, loss, compareDescriptions);
    }

    /// <summary>Loads a file into a model of the same structure and its likelihood, without a loss.</summary>
    /// <param name="model">The model, on any device and of any floating-point type.</param>
    /// <param name="path">The file.</param>
    /// <param name="likelihood">The likelihood that was saved with the model, alone or in a loss.</param>
    /// <param name="compareDescriptions">Whether modules, priors, posteriors, likelihood and shared tensors have to be those of the model that was
    /// saved.</param>
    /// <inheritdoc cref="Load(nn.Module, string, ElboLoss?, bool)"/>
    public static void Load(nn.Module model, string path, Likelihood likelihood, bool compareDescriptions = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var stream = CheckpointReader.Open(path);
        Load(model, stream, likelihood, compareDescriptions);
    }

    /// <summary>Loads a model from a stream: all that is left of it.</summary>
    /// <param name="model">The model, on any device and of any floating-point type: numbers are converted to its own, rounded where that has fewer
    /// digits, and refused where it cannot hold them.</param>
    /// <param name="stream">The stream, which can seek; it stays open.</param>
    /// <param name="loss">The loss that was saved with the model; null where none was.</param>
    /// <param name="compareDescriptions">Whether modules, priors, posteriors, likelihood and shared tensors have to be those of the model that was
    /// saved.</param>
    /// <exception cref="CheckpointException">The file is damaged, of a later version, or of another model; the model is as it was.</exception>
    /// <exception cref="ArgumentException">The stream cannot seek, so that it does not tell its length.</exception>
    public static void Load(nn.Module model, Stream stream, ElboLoss? loss = null, bool compareDescriptions = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        new CheckpointReader(stream).Load(new ModelState(model, loss?.Likelihood, loss), compareDescriptions);
    }

    /// <summary>Loads a model and its likelihood from a stream, without a loss.</summary>
    /// <param name="model">The model, on any device and of any floating-point type.</param>
    /// <param name="stream">The stream, which can seek; it stays open.</param>
    /// <param name="likelihood">The likelihood that was saved with the model, alone or in a loss.</param>
    /// <param name="compareDescriptions">Whether modules, priors, posteriors, likelihood and shared tensors have to be those of the model that was
    /// saved.</param>
    /// <inheritdoc cref="Load(nn.Module, Stream, ElboLoss?, bool)"/>
    public static void Load(nn.Module model, Stream stream, Likelihood likelihood, bool compareDescriptions = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        new CheckpointReader(stream).Load(new ModelState(model, likelihood), compareDescriptions);
    }

    /// <summary>Loads what a model and a file have in common, such as the body of a network with another head.</summary>
    /// <param name="model">The model, on any device and of any floating-point type.</param>
    /// <param name="path">The file.</param>
    /// <param name="partial">
    /// Returns whether a tensor, or a module without tensors such as an activation, is asked for, by its name: <c>name
    /// => name.StartsWith("body.")</c>, or <c>_ => true</c>.
    /// What is asked for and fits is taken, a module with all its tensors or not at all.
    /// </param>
    /// <param name="compareDescriptions">Whether the modules that are taken, and those without tensors that are asked for, have to be those that
    /// were saved, with options and priors.</param>
    /// <returns>What was taken, and what was not.</returns>
    /// <exception cref="CheckpointException">The file is damaged or of a later version, what would be taken differs from the model's, or nothing
    /// fits; the model is as it was.</exception>
    /// <exception cref="IOException">The file cannot be read; the model is as it was.</exception>
    public static PartialLoad Load(nn.Module model, string path, Func<string, bool> partial, bool compareDescriptions = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(partial);
        using var stream = CheckpointReader.Open(path);
        return new CheckpointReader(stream).LoadPart(new ModelState(model, likelihood: null), partial, compareDescriptions);
    }

    /// <summary>Makes the model that a file describes, and loads it: a program that predicts needs no copy of the one that trained.</summary>
    /// <param name="path">A file that <see cref="Save(nn.Module, string, ElboLoss?)"/> wrote.</param>
    /// <param name="device">Where the model will live; torch's default device by default.</param>
    /// <param name="dtype">Its floating-point type; the file's by default.</param>
    /// <param name="make">
    /// Makes modules that the library does not know, such as a class of one's own: returns a new one for what the file describes, with its
    /// children, or null. Types are never loaded by the
    /// name that a file gives.
    /// </param>
    /// <param name="likelihood">The likelihood that was saved, if it is a class of one's own; otherwise one is made. It belongs to the
    /// result.</param>
    /// <returns>The model with its likelihood and loss; the caller disposes it.</returns>
    /// <exception cref="CheckpointException">The file is damaged, of a later version, or describes a model that cannot be made; the message names
    /// the module.</exception>
    /// <exception cref="ArgumentException">The device is not there, or the type is not floating-point.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static LoadedModel LoadModel(
        string path, Device? device = null, ScalarType? dtype = null, Func<SavedModule, nn.Module<Tensor, Tensor>?>? make = null,
            Likelihood? likelihood = null)
    {
        using var stream = CheckpointReader.Open(path);
        return LoadModel(stream, device, dtype, make, likelihood);
    }

    /// <summary>Makes the model that a stream describes, and loads it.</summary>
    /// <param name="stream">The stream, which can seek; it stays open.</param>
    /// <param name="device">Where the model will live; torch's default device by default.</param>
    /// <param name="dtype">Its floating-point type; the file's by default.</param>
    /// <param name="make">Makes modules that the library does not know, or returns null.</param>
    /// <param name="likelihood">The likelihood that was saved, if it is a class of one's own; otherwise one is made.</param>
    /// <inheritdoc cref="LoadModel(string, Device?, ScalarType?, Func{SavedModule, nn.Module{Tensor, Tensor}?}?, Likelihood?)"/>
    public static LoadedModel LoadModel(
        Stream stream, Device? device = null, ScalarType? dtype = null, Func<SavedModule, nn.Module<Tensor, Tensor>?>? make = null,
            Likelihood? likelihood = null)
    {
        var reader = new CheckpointReader(stream);
        return reader.MakeModel(Maker(reader, device, dtype, make), likelihood);
    }

    /// <summary>Saves a distribution over functions, such as an <see cref="Ensemble"/> with all its networks.</summary>
    /// <param name="distribution">The distribution.</param>
    /// <param name="path">The file; one that is there is replaced. Its folder has to be there.</param>
    /// <param name="likelihood">p(y | f), which may have learned something; null by default.</param>
    /// <exception cref="ArgumentException">The distribution, or a member of an ensemble, has no module.</exception>
    /// <inheritdoc cref="Save(nn.Module, string, ElboLoss?)"/>
    public static void Save(FunctionDistribution distribution, string path, Likelihood? likelihood = null)
    {
        ArgumentNullException.ThrowIfNull(distribution);
        var module = distribution.RequireSavable();
        CheckpointWriter.Write(() => new ModelState(module, likelihood), path);
    }

    /// <summary>Makes the distribution over functions that a file describes, and loads it: an ensemble, a model, or a plain network.</summary>
    /// <param name="path">A file that <c>Save</c> wrote.</param>
    /// <param name="device">Where the modules will live; torch's default device by default.</param>
    /// <param name="dtype">Their floating-point type; the file's by default.</param>
    /// <param name="make">Makes modules that the library does not know, or returns null.</param>
    /// <param name="likelihood">The likelihood that was saved, if it is a class of one's own; otherwise one is made.</param>
    /// <returns>The distribution with its likelihood; the caller disposes it.</returns>
    /// <inheritdoc cref="LoadModel(string, Device?, ScalarType?, Func{SavedModule, nn.Module{Tensor, Tensor}?}?, Likelihood?)"/>
    public static LoadedDistribution LoadDistribution(
        string path, Device? device = null, ScalarType? dtype = null, Func<SavedModule, nn.Module<Tensor, Tensor>?>? make = null,
        Likelihood? likelihood = null)
    {
        using var stream = CheckpointReader.Open(path);
        var reader = new CheckpointReader(stream);
        return reader.MakeDistribution(Maker(reader, device, dtype, make), likelihood);
    }

    /// <summary>Returns what a file says of itself, without reading its numbers.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is damaged, or of a later version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CheckpointInfo Describe(string path)
    {
        using var stream = CheckpointReader.Open(path);
        return Describe(stream);
    }

    /// <summary>Returns what a file says of itself, without reading its numbers.</summary>
    /// <param name="stream">The stream from its position on, which can seek; it stays open, where its numbers begin.</param>
    /// <exception cref="CheckpointException">The file is damaged, or of a later version.</exception>
    /// <exception cref="ArgumentException">The stream cannot seek, so that it does not tell its length.</exception>
    public static CheckpointInfo Describe(Stream stream) => new CheckpointReader(stream).Info;

    private static ModelMaker Maker(
        CheckpointReader reader, Device? device, ScalarType? dtype, Func<SavedModule, nn.Module<Tensor, Tensor>?>? make) =>
        new(reader.Info, Require.Available(device ?? get_default_device(), nameof(device)),
            dtype is { } given ? Require.FloatingPoint(given, nameof(dtype)) : null, make);
}
