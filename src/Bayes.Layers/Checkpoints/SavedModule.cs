using System.Text.Json;

namespace Bayes.Layers.Checkpoints;

/// <summary>A module as a checkpoint describes it: its type, the options that change what it computes, and its children.</summary>
public sealed class SavedModule
{
    internal const string WeightPriorKey = "weight_prior", PosteriorKey = "posterior", BiasPriorKey = "bias_prior", ChildrenKey = "children", SameAsKey = "same_as";

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

    /// <summary>The module's name in the model, as in <c>encoder.0</c>; empty for the model itself.</summary>
    public string Path { get; }

    /// <summary>The name of its type, without the namespace.</summary>
    public string Type => Part.Type;

    /// <summary>Its options by name, as text; empty for a type that the library does not know.</summary>
    public IReadOnlyDictionary<string, string> Options => Part.Options.ValueKind == JsonValueKind.Object
        ? Part.Options.EnumerateObject().ToDictionary(option => option.Name, option => SavedPart.Text(option.Value))
        : [];

    /// <summary>Its children in order.</summary>
    public IReadOnlyList<SavedModule> Children { get; }

    /// <summary>Returns the type with its options, priors and posterior.</summary>
    public override string ToString() =>
        SameAs is null ? $"{Part}{Text(", prior ", WeightPrior)}{Text(", prior of the bias ", BiasPrior)}{Text(", posterior ", Posterior)}" : Type;

    internal SavedPart Part { get; }

    internal SavedPart? WeightPrior { get; }

    internal SavedPart? BiasPrior { get; }

    /// <summary>Gets the family of the posterior; null for independent normal weights.</summary>
    internal SavedPart? Posterior { get; }

    /// <summary>The path of the module that this one is; null if it is one of its own.</summary>
    internal string? SameAs { get; }

    /// <summary>The name among its siblings.</summary>
    internal string Name => Path[(Path.LastIndexOf('.') + 1)..];

    /// <summary>The module and all below it.</summary>
    internal IEnumerable<SavedModule> All() => Children.SelectMany(child => child.All()).Prepend(this);

    /// <summary>Reads a description.</summary>
    /// <exception cref="JsonException">It is damaged.</exception>
    /// <exception cref="InvalidOperationException">It is damaged: a value is of another kind.</exception>
    internal static SavedModule Parse(string path, JsonElement element) => element.TryGetProperty(SameAsKey, out var sameAs)
        ? new SavedModule(path, sameAs.GetString() ?? throw new JsonException())
        : new SavedModule(path, SavedPart.Parse(element), element);

    private static string Text(string title, SavedPart? part) => part is null ? "" : title + part;

    private static SavedPart? Optional(JsonElement element, string key) => element.TryGetProperty(key, out var value) ? SavedPart.Parse(value)
        : null;
}
