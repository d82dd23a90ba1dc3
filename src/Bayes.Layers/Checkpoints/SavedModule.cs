using System.Text.Json;

namespace Bayes.Layers.Checkpoints;

/// <summary>The description of a module in a checkpoint: its type, the options that change what it computes, and its children.</summary>
public sealed class SavedModule
{
    internal const string WeightPriorKey = "weight_prior", PosteriorKey = "posterior", BiasPriorKey = "bias_prior",
        ChildrenKey = "children", SameAsKey = "same_as";

    private SavedModule(string path, SavedPart part, JsonElement element)
    {
        Path = path;
        Part = part;
        WeightPrior = Optional(element, WeightPriorKey);
        BiasPrior = Optional(element, BiasPriorKey);
        Posterior = Optional(element, PosteriorKey);
        Children = element.TryGetProperty(ChildrenKey, out var children)
            ? [.. children.EnumerateObject().Select(child => Parse(path.Length == 0 ? child.Name : $"{path}.{child.Name}", child.Value))]
            : [];
    }

    private SavedModule(string path, string sameAs)
    {
        Path = path;
        SameAs = sameAs;
        Part = new SavedPart($"the same module as '{sameAs}'", IsKnown: true, default);
        Children = [];
    }

    /// <summary>Gets the path of the module in the model, such as <c>encoder.0</c>; empty for the model itself.</summary>
    public string Path { get; }

    /// <summary>Gets the name of its type, without the namespace.</summary>
    public string Type => Part.Type;

    /// <summary>Gets its options by name, as text; empty for a type that the library does not know.</summary>
    public IReadOnlyDictionary<string, string> Options => Part.Options.ValueKind == JsonValueKind.Object
        ? Part.Options.EnumerateObject().ToDictionary(option => option.Name, option => SavedPart.Text(option.Value))
        : [];

    /// <summary>Gets its children in order.</summary>
    public IReadOnlyList<SavedModule> Children { get; }

    /// <summary>Returns the type with its options, priors and posterior.</summary>
    public override string ToString() =>
        SameAs is null ? $"{Part}{Text(", prior ", WeightPrior)}{Text(", prior of the bias ", BiasPrior)}{Text(", posterior ", Posterior)}" : Type;

    internal SavedPart Part { get; }

    internal SavedPart? WeightPrior { get; }

    internal SavedPart? BiasPrior { get; }

    /// <summary>Gets the family of the posterior; null for independent normal weights.</summary>
    internal SavedPart? Posterior { get; }

    /// <summary>Gets the path of the earlier module that is the same object; null if there is none.</summary>
    internal string? SameAs { get; }

    /// <summary>Gets the name of the module in its parent.</summary>
    internal string Name => Path[(Path.LastIndexOf('.') + 1)..];

    /// <summary>Returns the module and all its descendants.</summary>
    internal IEnumerable<SavedModule> All() => Children.SelectMany(child => child.All()).Prepend(this);

    /// <summary>Reads a description.</summary>
    /// <exception cref="JsonException">The description is damaged.</exception>
    /// <exception cref="InvalidOperationException">The description is damaged: a value is of another kind.</exception>
    internal static SavedModule Parse(string path, JsonElement element) => element.TryGetProperty(SameAsKey, out var sameAs)
        ? new SavedModule(path, sameAs.GetString() ?? throw new JsonException())
        : new SavedModule(path, SavedPart.Parse(element), element);

    private static string Text(string title, SavedPart? part) => part is null ? "" : title + part;

    private static SavedPart? Optional(JsonElement element, string key) =>
        element.TryGetProperty(key, out var value) ? SavedPart.Parse(value) : null;
}
