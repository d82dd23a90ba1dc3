using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>
/// Saves and loads the state of a model as a SafeTensors file: every tensor of <c>state_dict</c> under its key, and in the metadata a version, the
/// likelihood, and the type, options, posterior and priors of every module. Python reads the file with <c>safetensors.torch.load_file</c>.
/// </summary>
/// <remarks>
/// A tensor with several names in the model is written once; the metadata lists its other names. The file does not contain the state of an
/// optimizer, the mode of the model, <c>requires_grad</c>, hooks, or <see cref="BayesianModule.TrainingEstimator"/>.
/// </remarks>
public static class Checkpoint
{
    /// <summary>
    /// Saves a model. The file is written under another name, flushed to the disk and then renamed, so that it is either complete or unchanged.
    /// </summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="path">The file, which replaces an existing one. Its folder must exist.</param>
    /// <param name="loss">The loss that the model was trained with, with the learned parameters of its likelihood.</param>
    /// <exception cref="ArgumentException">
    /// The model has a child named <c>loss</c>, a tensor of a type that the format lacks, or a disposed tensor.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written; no part of it remains.</exception>
    /// <exception cref="UnauthorizedAccessException">The caller may not write to the folder.</exception>
    public static void Save(nn.Module model, string path, ElboLoss? loss = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var gates = ModuleGates.Hold(model);
        CheckpointWriter.Write(() => new ModelState(model, loss?.Likelihood, loss), path);
    }

    /// <summary>Saves a model with its likelihood, without a loss.</summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="path">The file, which replaces an existing one. Its folder must exist.</param>
    /// <param name="likelihood">p(y | f), with its learned parameters.</param>
    /// <inheritdoc cref="Save(nn.Module, string, ElboLoss?)"/>
    public static void Save(nn.Module model, string path, Likelihood likelihood)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        using var gates = ModuleGates.Hold(model);
        CheckpointWriter.Write(() => new ModelState(model, likelihood), path);
    }

    /// <summary>Saves a model to a stream, at its current position.</summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="stream">The stream, which stays open.</param>
    /// <param name="loss">The loss that the model was trained with, with the learned parameters of its likelihood.</param>
    /// <exception cref="ArgumentException">
    /// The model has a child named <c>loss</c>, a tensor of a type that the format lacks, or a disposed tensor.
    /// </exception>
    public static void Save(nn.Module model, Stream stream, ElboLoss? loss = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var gates = ModuleGates.Hold(model);
        CheckpointWriter.Write(new ModelState(model, loss?.Likelihood, loss), stream);
    }

    /// <summary>Saves a model with its likelihood to a stream, without a loss.</summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="stream">The stream, which stays open.</param>
    /// <param name="likelihood">p(y | f), with its learned parameters.</param>
    /// <inheritdoc cref="Save(nn.Module, Stream, ElboLoss?)"/>
    public static void Save(nn.Module model, Stream stream, Likelihood likelihood)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        using var gates = ModuleGates.Hold(model);
        CheckpointWriter.Write(new ModelState(model, likelihood), stream);
    }

    /// <summary>Loads a file into a model of the same structure. Reads and checks the whole file before the model changes.</summary>
    /// <param name="model">
    /// The model, on any device and of any floating-point type. Values are converted to its type, and rounded if it has fewer digits; a value that
    /// it cannot hold is refused.
    /// </param>
    /// <param name="path">The file.</param>
    /// <param name="loss">The loss that was saved with the model; null if none was saved.</param>
    /// <param name="compareDescriptions">
    /// Whether the modules with their options, priors and posteriors, the likelihood and the shared tensors must equal those of the saved model. If
    /// false, only the names and shapes of the tensors must match, as for a file that another program wrote.
    /// </param>
    /// <exception cref="CheckpointException">The file is damaged, of a later version, or of another model. The model is unchanged.</exception>
    /// <exception cref="IOException">The file cannot be read. The model is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The caller may not read the file.</exception>
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
    /// <param name="compareDescriptions">
    /// Whether the modules, priors, posteriors, likelihood and shared tensors must equal those of the saved model.
    /// </param>
    /// <inheritdoc cref="Load(nn.Module, string, ElboLoss?, bool)"/>
    public static void Load(nn.Module model, string path, Likelihood likelihood, bool compareDescriptions = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var stream = CheckpointReader.Open(path);
        Load(model, stream, likelihood, compareDescriptions);
    }

    /// <summary>Loads a model from the rest of a stream.</summary>
    /// <param name="model">
    /// The model, on any device and of any floating-point type. Values are converted to its type, and rounded if it has fewer digits; a value that
    /// it cannot hold is refused.
    /// </param>
    /// <param name="stream">The stream, which must be able to seek. It stays open.</param>
    /// <param name="loss">The loss that was saved with the model; null if none was saved.</param>
    /// <param name="compareDescriptions">
    /// Whether the modules, priors, posteriors, likelihood and shared tensors must equal those of the saved model.
    /// </param>
    /// <exception cref="CheckpointException">The file is damaged, of a later version, or of another model. The model is unchanged.</exception>
    /// <exception cref="ArgumentException">The stream cannot seek, so its length is unknown.</exception>
    public static void Load(nn.Module model, Stream stream, ElboLoss? loss = null, bool compareDescriptions = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        new CheckpointReader(stream).Load(new ModelState(model, loss?.Likelihood, loss), compareDescriptions);
    }

    /// <summary>Loads a model and its likelihood from a stream, without a loss.</summary>
    /// <param name="model">The model, on any device and of any floating-point type.</param>
    /// <param name="stream">The stream, which must be able to seek. It stays open.</param>
    /// <param name="likelihood">The likelihood that was saved with the model, alone or in a loss.</param>
    /// <param name="compareDescriptions">
    /// Whether the modules, priors, posteriors, likelihood and shared tensors must equal those of the saved model.
    /// </param>
    /// <inheritdoc cref="Load(nn.Module, Stream, ElboLoss?, bool)"/>
    public static void Load(nn.Module model, Stream stream, Likelihood likelihood, bool compareDescriptions = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        new CheckpointReader(stream).Load(new ModelState(model, likelihood), compareDescriptions);
    }

    /// <summary>Loads the part that a model and a file have in common, such as the body of a network with another head.</summary>
    /// <param name="model">The model, on any device and of any floating-point type.</param>
    /// <param name="path">The file.</param>
    /// <param name="partial">
    /// Returns whether a tensor, or a module without tensors such as an activation, is requested, by its name:
    /// <c>name => name.StartsWith("body.")</c>, or <c>_ => true</c>. Of the requested tensors, those that fit are loaded, for each module all or
    /// none.
    /// </param>
    /// <param name="compareDescriptions">
    /// Whether the loaded modules, and the requested ones without tensors, must equal the saved ones, with options and priors.
    /// </param>
    /// <returns>The tensors that were loaded, and those that were not.</returns>
    /// <exception cref="CheckpointException">
    /// The file is damaged or of a later version, a loaded module differs from the model's, or nothing fits. The model is unchanged.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read. The model is unchanged.</exception>
    public static PartialLoad Load(nn.Module model, string path, Func<string, bool> partial, bool compareDescriptions = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(partial);
        using var stream = CheckpointReader.Open(path);
        return new CheckpointReader(stream).LoadPart(new ModelState(model, likelihood: null), partial, compareDescriptions);
    }

    /// <summary>Makes the model that a file describes, and loads it. A program that predicts does not repeat the code that built the
    /// model.</summary>
    /// <param name="path">A file that <see cref="Save(nn.Module, string, ElboLoss?)"/> wrote.</param>
    /// <param name="device">The device of the model; torch's default device by default.</param>
    /// <param name="dtype">The floating-point type of the model; the file's by default.</param>
    /// <param name="make">
    /// Makes modules that the library does not know, such as your own classes, also ones with several inputs or outputs: returns a new module for a
    /// description, with its children, or null.
    /// The library never loads a type by a name in a file.
    /// </param>
    /// <param name="likelihood">The saved likelihood, if it is your own class; by default the library makes it. The result owns it.</param>
    /// <returns>The model with its likelihood and loss, which the caller disposes.</returns>
    /// <exception cref="CheckpointException">
    /// The file is damaged, of a later version, or describes a model that cannot be made; the message names the module.
    /// </exception>
    /// <exception cref="ArgumentException">The device is not available, or the type is not floating-point.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static LoadedModel LoadModel(
        string path, Device? device = null, ScalarType? dtype = null, Func<SavedModule, nn.Module?>? make = null,
        Likelihood? likelihood = null)
    {
        using var stream = CheckpointReader.Open(path);
        return LoadModel(stream, device, dtype, make, likelihood);
    }

    /// <summary>Makes the model that a stream describes, and loads it.</summary>
    /// <param name="stream">The stream, which must be able to seek. It stays open.</param>
    /// <param name="device">The device of the model; torch's default device by default.</param>
    /// <param name="dtype">The floating-point type of the model; the file's by default.</param>
    /// <param name="make">Makes modules that the library does not know, or returns null.</param>
    /// <param name="likelihood">The saved likelihood, if it is your own class; by default the library makes it.</param>
    /// <inheritdoc cref="LoadModel(string, Device?, ScalarType?, Func{SavedModule, nn.Module?}?, Likelihood?)"/>
    public static LoadedModel LoadModel(
        Stream stream, Device? device = null, ScalarType? dtype = null, Func<SavedModule, nn.Module?>? make = null,
        Likelihood? likelihood = null)
    {
        var reader = new CheckpointReader(stream);
        return reader.MakeModel(Maker(reader, device, dtype, make), likelihood);
    }

    /// <summary>Saves a distribution over functions, such as an <see cref="Ensemble"/> with all its networks.</summary>
    /// <param name="distribution">The distribution.</param>
    /// <param name="path">The file, which replaces an existing one. Its folder must exist.</param>
    /// <param name="likelihood">p(y | f), with its learned parameters; null by default.</param>
    /// <param name="notes">
    /// Texts of the caller's own that belong to the model, such as the scaling of its inputs, for the file's metadata:
    /// <see cref="CheckpointInfo.Metadata"/> has them. Null by default.
    /// </param>
    /// <exception cref="ArgumentException">The distribution, or a member of an ensemble, has no module; or the name of a note is taken.</exception>
    /// <inheritdoc cref="Save(nn.Module, string, ElboLoss?)"/>
    public static void Save(
        FunctionDistribution distribution, string path, Likelihood? likelihood = null, IReadOnlyDictionary<string, string>? notes = null)
    {
        ArgumentNullException.ThrowIfNull(distribution);
        CheckpointMetadata.RequireFree(notes);
        var module = distribution.RequireSavable();
        using var gates = ModuleGates.Hold(module);
        CheckpointWriter.Write(() => new ModelState(module, likelihood) { Notes = notes }, path);
    }

    /// <summary>Makes the distribution over functions that a file describes, and loads it: an ensemble, a model, or a plain network.</summary>
    /// <param name="path">A file that <c>Save</c> wrote.</param>
    /// <param name="device">The device of the modules; torch's default device by default.</param>
    /// <param name="dtype">The floating-point type of the modules; the file's by default.</param>
    /// <param name="make">Makes modules that the library does not know, or returns null.</param>
    /// <param name="likelihood">The saved likelihood, if it is your own class; by default the library makes it.</param>
    /// <returns>The distribution with its likelihood, which the caller disposes.</returns>
    /// <inheritdoc cref="LoadModel(string, Device?, ScalarType?, Func{SavedModule, nn.Module?}?, Likelihood?)"/>
    public static LoadedDistribution LoadDistribution(
        string path, Device? device = null, ScalarType? dtype = null, Func<SavedModule, nn.Module?>? make = null,
        Likelihood? likelihood = null)
    {
        using var stream = CheckpointReader.Open(path);
        var reader = new CheckpointReader(stream);
        return reader.MakeDistribution(Maker(reader, device, dtype, make), likelihood);
    }

    /// <summary>Returns the description of a file, without reading its values.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is damaged, or of a later version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CheckpointInfo Describe(string path)
    {
        using var stream = CheckpointReader.Open(path);
        return Describe(stream);
    }

    /// <summary>Returns the description of a file, without reading its values.</summary>
    /// <param name="stream">
    /// The stream, which must be able to seek. It is read from its current position up to the first value, and stays open.
    /// </param>
    /// <exception cref="CheckpointException">The file is damaged, or of a later version.</exception>
    /// <exception cref="ArgumentException">The stream cannot seek, so its length is unknown.</exception>
    public static CheckpointInfo Describe(Stream stream) => new CheckpointReader(stream).Info;

    private static ModelMaker Maker(
        CheckpointReader reader, Device? device, ScalarType? dtype, Func<SavedModule, nn.Module?>? make) =>
        new(reader.Info, Require.Available(device ?? get_default_device(), nameof(device)),
            dtype is { } given ? Require.FloatingPoint(given, nameof(dtype)) : null, make);
}
