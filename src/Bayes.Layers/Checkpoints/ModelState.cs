using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>What a checkpoint holds of a model and its loss: tensors by name, and a description.</summary>
internal sealed class ModelState
{
    /// <summary>What the names of the loss's tensors begin with.</summary>
    public const string LossPrefix = "loss.";

    private static readonly string[] LayerTensors = [nameof(BayesianLayer.weight_mu), nameof(BayesianLayer.weight_log_var), nameof(BayesianLayer.bias_mu), nameof(BayesianLayer.bias_log_var)];

    private const int FormatVersion = 1;
    private const string VersionKey = "bayes_layers.format", LibraryKey = "bayes_layers.version", LayersKey = "bayes_layers.layers", LikelihoodKey = "bayes_layers.likelihood";

    /// <summary>The state of a model and, if there is one, its loss. The tensors stay theirs.</summary>
    /// <exception cref="ArgumentException">A name of the model's begins with <see cref="LossPrefix"/>, or a tensor is of a type that the format does not have, or was disposed.</exception>
    public ModelState(nn.Module model, ElboLoss? loss)
    {
        UnlistedLayers.RequireNone(model);
        var tensors = new SortedDictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in model.state_dict())
            tensors.Add(
                name.StartsWith(LossPrefix, StringComparison.Ordinal)
                    ? throw new ArgumentException($"The model has a module named 'loss', whose tensors would be taken for those of a loss ('{name}'); give it another name.", nameof(model))
                    : name, tensor);
        foreach (var (name, tensor) in loss?.state_dict() ?? [])
            tensors.Add(LossPrefix + name, tensor);
        foreach (var (name, tensor) in tensors)
            if (SafeTensorsTypes.NameOf(tensor.dtype) is null)
                throw new ArgumentException($"The tensor '{name}' is of type {tensor.dtype}; expected one of {SafeTensorsTypes.Names}.", nameof(model));
        Tensors = tensors;
        var modules = model.named_modules().Prepend((name: "", module: model)).Where(each => each.module is BayesianModule).DistinctBy(each => each.module, ReferenceEqualityComparer.Instance).ToList();
        RequireWhole(modules);
        Layers = modules.ToDictionary(each => each.name, each => Describe((BayesianModule)each.module));
        Likelihood = loss?.Likelihood.Settings;
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; }

    /// <summary>The Bayesian modules by name.</summary>
    public IReadOnlyDictionary<string, string> Layers { get; }

    /// <summary>The loss's likelihood.</summary>
    public string? Likelihood { get; }

    /// <summary>The texts that go into the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata
    {
        get
        {
            var metadata = new Dictionary<string, string>
            {
                // As PyTorch's programs have it.
                ["format"] = "pt",
                [VersionKey] = FormatVersion.ToString(),
                [LibraryKey] = typeof(ModelState).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
                // Not JsonSerializer, which by default throws in programs of one file and in trimmed ones.
                [LayersKey] = new JsonObject(Layers.Select(each => KeyValuePair.Create<string, JsonNode?>(each.Key, each.Value))).ToJsonString(),
            };
            if (Likelihood is not null)
                metadata.Add(LikelihoodKey, Likelihood);
            return metadata;
        }
    }

    /// <summary>What the texts of a file say.</summary>
    /// <exception cref="CheckpointException">They are of a later version, or damaged.</exception>
    public static CheckpointInfo InfoOf(SafeTensorsHeader header)
    {
        IReadOnlyDictionary<string, string> metadata = header.Metadata;
        int? version = null;
        if (metadata.TryGetValue(VersionKey, out string? number))
        {
            version = int.TryParse(number, out int parsed) && parsed >= 1 ? parsed : throw new CheckpointException($"The format's version is '{number}'; expected a whole number from 1.");
            if (version > FormatVersion)
                throw new CheckpointException($"The format's version is {version}; expected at most {FormatVersion}: a later version of this library wrote the file.");
        }
        return new CheckpointInfo(
            version, metadata.GetValueOrDefault(LibraryKey), LayersOf(metadata), metadata.GetValueOrDefault(LikelihoodKey), metadata,
            [.. header.Entries.Select(entry => new CheckpointTensor(entry.Name, entry.Type, entry.Shape))]);
    }

    private static Dictionary<string, string> LayersOf(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(LayersKey, out string? text))
            return [];
        try
        {
            using var document = JsonDocument.Parse(text, SafeTensorsHeader.Strict);
            return document.RootElement.EnumerateObject().ToDictionary(each => each.Name, each => each.Value.GetString() ?? throw new JsonException());
        }
        // Something else than an object or a text is an invalid operation.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"The metadata '{LayersKey}' is damaged; expected a JSON object of texts.", exception);
        }
    }

    // state_dict leaves out what was disposed, without a word.
    private void RequireWhole(IEnumerable<(string Name, nn.Module Module)> modules)
    {
        foreach (var (name, module) in modules)
            if (module is BayesianLayer layer)
                foreach (string own in LayerTensors.Take(layer.BiasPrior is null ? 2 : 4).Select(own => name.Length == 0 ? own : $"{name}.{own}"))
                    if (!Tensors.ContainsKey(own))
                        throw new ArgumentException($"The model's tensor '{own}' was disposed; expected a model that is whole.", "model");
    }

    /// <summary>Refuses a file of another model.</summary>
    /// <param name="header">The file's header.</param>
    /// <param name="compareDescriptions">Whether priors, posteriors and likelihood have to be the same, where the file tells of them.</param>
    /// <exception cref="CheckpointException">It is of another model.</exception>
    /// <exception cref="ArgumentException">A tensor of the model's cannot be written to.</exception>
    public void RequireSame(SafeTensorsHeader header, bool compareDescriptions)
    {
        var info = InfoOf(header);
        var names = header.Entries.Select(entry => entry.Name).ToHashSet();
        RequireNone(Tensors.Keys.Where(name => !names.Contains(name)), "which the file lacks");
        RequireNone(header.Entries.Select(entry => entry.Name).Where(name => !Tensors.ContainsKey(name)), "which the model and loss that were given lack");
        foreach (var entry in header.Entries)
        {
            var tensor = Tensors[entry.Name];
            if (!tensor.shape.AsSpan().SequenceEqual(entry.Shape))
                throw new CheckpointException($"The file's tensor '{entry.Name}' is of shape {Shapes.Describe(entry.Shape)}; expected {Shapes.Describe(tensor.shape)}, as the model's.");
            if (tensor.shape.Where((size, axis) => size > 1 && tensor.stride(axis) == 0).Any())
                throw new ArgumentException($"The model's tensor '{entry.Name}' is expanded, so that several of its numbers are one; expected a tensor that can be written to, such as its clone().");
            if (is_floating_point(entry.Type) != is_floating_point(tensor.dtype) || (entry.Type == ScalarType.Bool) != (tensor.dtype == ScalarType.Bool))
                throw new CheckpointException($"The file's tensor '{entry.Name}' is of type {entry.Type}; expected one that can become {tensor.dtype}, as the model's.");
        }
        if (!compareDescriptions || info.FormatVersion is null)
            return;
        foreach (var (name, description) in Layers)
            if (info.Layers.GetValueOrDefault(name) is var saved && saved != description)
                throw new CheckpointException($"The module '{name}' was saved as {saved ?? "none"}, and is {description}; expected the same, or compareDescriptions: false.");
        if (Likelihood is not null && info.Likelihood is not null && Likelihood != info.Likelihood)
            throw new CheckpointException($"The likelihood was saved as {info.Likelihood}, and is {Likelihood}; expected the same, or compareDescriptions: false.");
    }

    private static void RequireNone(IEnumerable<string> names, string fault)
    {
        string[] all = [.. names];
        if (all.Length > 0)
            throw new CheckpointException($"There is a tensor '{all[0]}'{(all.Length > 1 ? $", and {all.Length - 1} more" : "")}, {fault}; expected the same ones in both.");
    }

    private static string Describe(BayesianModule module) => module is BayesianLayer layer
        ? $"{layer.GetType().Name}: {layer.WeightPosterior.GetType().Name}, prior {layer.WeightPrior.Settings}{(layer.BiasPrior is { } bias ? $", prior of the bias {bias.Settings}" : "")}"
        : module.GetType().Name;
}
