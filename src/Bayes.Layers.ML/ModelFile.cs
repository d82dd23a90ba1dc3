using System.Text.Json;
using Bayes.Layers.Checkpoints;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Bayes.Layers.ML;

/// <summary>Writes and reads a network in a saved pipeline: the library's checkpoint, and a description as JSON.</summary>
internal static class ModelFile
{
    private const string NetworkEntry = "Network.safetensors", DescriptionEntry = "Description.json";

    /// <summary>Lets ML.NET find <see cref="Load"/>.</summary>
    public static void Register(ComponentCatalog components) => Internals.Register(
        components, typeof(ModelFile).GetMethod(nameof(Load))!);

    /// <summary>Writes a network.</summary>
    /// <exception cref="CheckpointException">The network has a module that the library cannot make from a file.</exception>
    public static void Save(ModelSaveContext context, BayesianNetworkTransformer transformer)
    {
        ArgumentNullException.ThrowIfNull(context);
        // Before anything is written: a network that could not be loaded is refused.
        using var network = new MemoryStream();
        Checkpoint.Save(transformer.Model, network, transformer.Likelihood);
        network.Position = 0;
        Checkpoint.LoadModel(network).Dispose();
        Internals.WriteHeader(context);
        Internals.Write(context, DescriptionEntry, JsonSerializer.SerializeToUtf8Bytes(transformer.Description));
        Internals.Write(context, NetworkEntry, network.ToArray());
    }

    /// <summary>Reads a network; ML.NET calls it.</summary>
    /// <param name="environment">The environment, which is not used.</param>
    /// <param name="context">Where ML.NET loads it from, a ModelLoadContext.</param>
    /// <exception cref="InvalidDataException">A part is missing or damaged.</exception>
    public static ITransformer Load(IHostEnvironment environment, object context)
    {
        Internals.CheckHeader(context);
        var description = Describe(Internals.Read(context, DescriptionEntry));
        using var stream = new MemoryStream(Internals.Read(context, NetworkEntry));
        var loaded = Checkpoint.LoadModel(stream);
        return new BayesianNetworkTransformer(
            NetworkTask.Of(description.Task), description, loaded.Model,
            loaded.Likelihood ?? throw new InvalidDataException("The saved network has no likelihood; expected one."), history: null, loaded);
    }

    private static NetworkDescription Describe(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<NetworkDescription>(json) ?? throw new InvalidDataException("The saved network has no description.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The description of the saved network is damaged ({exception.Message.TrimEnd('.')}).", exception);
        }
    }
}
