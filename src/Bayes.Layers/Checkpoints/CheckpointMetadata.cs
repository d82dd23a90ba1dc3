using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bayes.Layers.Checkpoints;

/// <summary>Writes and reads the texts in the metadata of a file.</summary>
internal static class CheckpointMetadata
{
    private const int FormatVersion = 1;
    private const string FormatKey = "format", OwnPrefix = "bayes_layers.";
    private const string VersionKey = OwnPrefix + "format", LibraryKey = OwnPrefix + "version", LayersKey = OwnPrefix + "layers",
        LikelihoodKey = OwnPrefix + "likelihood", ModelKey = OwnPrefix + "model", LossKey = OwnPrefix + "loss", TiesKey = OwnPrefix + "ties";

    // Deeper than any network, and far from the end of a thread's stack.
    private static readonly JsonDocumentOptions Nested = new() { AllowDuplicateProperties = false, MaxDepth = 200 };

    private static string LibraryVersion =>
        typeof(CheckpointMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Returns the texts that describe a model and its loss.</summary>
    public static Dictionary<string, string> Write(ModelState state)
    {
        var metadata = new Dictionary<string, string>
        {
            // The value that PyTorch's programs write.
            [FormatKey] = "pt",
            [VersionKey] = FormatVersion.ToString(),
            [LibraryKey] = LibraryVersion.Split('+')[0],
            // JsonSerializer would throw by default in single-file and in trimmed programs.
            [LayersKey] = Texts(state.Layers).ToJsonString(),
            [ModelKey] = state.Model.ToJsonString(),
        };
        if (state.Ties.Count > 0)
            metadata.Add(TiesKey, Texts(state.Ties).ToJsonString());
        if (state.Likelihood is { } likelihood)
        {
            metadata.Add(LikelihoodKey, likelihood.Settings);
            metadata.Add(LossKey, SavedLoss.Describe(likelihood, state.Loss).ToJsonString());
        }
        foreach (var (name, text) in state.Notes ?? new Dictionary<string, string>())
            metadata.Add(name, text);
        return metadata;
    }

    /// <summary>Refuses notes whose names this library uses.</summary>
    /// <exception cref="ArgumentException">A name is taken.</exception>
    public static void RequireFree(IReadOnlyDictionary<string, string>? notes)
    {
        foreach (string name in notes?.Keys ?? [])
            if (name == FormatKey || name.StartsWith(OwnPrefix, StringComparison.Ordinal))
                throw new ArgumentException(
                    $"A note is named '{name}'; expected a name that is not '{FormatKey}' and does not begin with '{OwnPrefix}'.", nameof(notes));
    }

    /// <summary>Reads the texts of a file.</summary>
    /// <exception cref="CheckpointException">They are of a later version, or damaged.</exception>
    public static CheckpointInfo Read(SafeTensorsHeader header)
    {
        IReadOnlyDictionary<string, string> metadata = header.Metadata;
        int? version = null;
        if (metadata.TryGetValue(VersionKey, out string? number))
        {
            version = int.TryParse(number, out int parsed) && parsed >= 1 ? parsed
                : throw new CheckpointException($"The format's version is '{number}'; expected a whole number of at least 1.");
            if (version > FormatVersion)
                throw new CheckpointException(
                    $"The format's version is {version}; expected at most {FormatVersion}: a later version of this library wrote the file.");
        }
        var info = new CheckpointInfo(
            version, metadata.GetValueOrDefault(LibraryKey), Read(metadata, LayersKey, SafeTensorsHeader.Strict, Texts) ?? [],
            metadata.GetValueOrDefault(LikelihoodKey), metadata,
            [.. header.Entries.Select(entry => new CheckpointTensor(entry.Name, entry.Type, entry.Shape))])
        {
            Model = Read(metadata, ModelKey, Nested, Model),
            Loss = Read(metadata, LossKey, Nested, SavedLoss.Parse),
            Ties = Read(metadata, TiesKey, SafeTensorsHeader.Strict, Texts) ?? [],
        };
        RequireTies(info);
        return info;
    }

    /// <summary>Reads the description of a model.</summary>
    public static SavedModule Model(JsonElement element) => SavedModule.Parse(path: "", element);

    /// <summary>Reads the description of a model that was not written to a file.</summary>
    public static SavedModule Model(JsonObject description)
    {
        using var document = JsonDocument.Parse(description.ToJsonString(), Nested);
        return Model(document.RootElement.Clone());
    }

    private static JsonObject Texts(IReadOnlyDictionary<string, string> texts) =>
        new(texts.Select(each => KeyValuePair.Create<string, JsonNode?>(each.Key, each.Value)));

    private static Dictionary<string, string> Texts(JsonElement element) =>
        element.EnumerateObject().ToDictionary(each => each.Name, each => each.Value.GetString() ?? throw new JsonException());

    private static T? Read<T>(
        IReadOnlyDictionary<string, string> metadata, string key, JsonDocumentOptions options, Func<JsonElement, T> read) where T : class
    {
        if (!metadata.TryGetValue(key, out string? text))
            return null;
        try
        {
            using var document = JsonDocument.Parse(text, options);
            return read(document.RootElement.Clone());
        }
        // System.Text.Json throws InvalidOperationException for a value of another kind, and KeyNotFoundException for a missing one.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new CheckpointException($"The metadata '{key}' is damaged; expected a JSON object as this library writes it.", exception);
        }
    }

    private static void RequireTies(CheckpointInfo info)
    {
        var saved = info.Tensors.Select(tensor => tensor.Name).ToHashSet();
        foreach (var (name, one) in info.Ties)
            if (saved.Contains(name) || !saved.Contains(one))
                throw new CheckpointException(
                    $"The metadata '{TiesKey}' says that '{name}' was saved as '{one}'; "
                    + $"expected the file to have '{one}' and to lack '{name}'.");
    }
}
