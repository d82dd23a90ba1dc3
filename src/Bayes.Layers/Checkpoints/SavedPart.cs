using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bayes.Layers.Checkpoints;

/// <summary>A module, prior or likelihood as a file describes it: <c>{"type": …, "options": {…}}</c>, or <c>"own"</c> in place of <c>"type"</c> for
/// one that is not this library's.</summary>
/// <param name="Type">The name of its type.</param>
/// <param name="IsKnown">Whether the type is one of this library's lists; otherwise another's, of perhaps the same name.</param>
/// <param name="Options">A JSON object, or undefined without options.</param>
internal sealed record SavedPart(string Type, bool IsKnown, JsonElement Options)
{
    private const string TypeKey = "type", OwnKey = "own", OptionsKey = "options";

    /// <summary>Describes an object by its kind; one of an unknown type by its type's name and the options that are given.</summary>
    public static JsonObject Describe<TPart, TPlace>(
        TPart part, PartKinds<TPart, TPlace> kinds, params (string Name, JsonNode? Value)[] ownOptions) where TPart : notnull
    {
        var kind = kinds.Of(part.GetType());
        var options = new JsonObject();
        foreach (var (name, value) in kind is null ? ownOptions : kind.Read(part))
            options.Add(name, Writable(value));
        var description = new JsonObject { [kind is null ? OwnKey : TypeKey] = part.GetType().Name };
        if (options.Count > 0)
            description.Add(OptionsKey, options);
        return description;
    }

    /// <summary>Reads a description.</summary>
    /// <exception cref="JsonException">It is damaged.</exception>
    public static SavedPart Parse(JsonElement element)
    {
        bool isKnown = element.TryGetProperty(TypeKey, out var type);
        if (!isKnown && !element.TryGetProperty(OwnKey, out type))
            throw new JsonException();
        if (element.TryGetProperty(OptionsKey, out var options) && options.ValueKind != JsonValueKind.Object)
            throw new JsonException();
        return new SavedPart(type.GetString() ?? throw new JsonException(), isKnown, options);
    }

    /// <summary>Determines whether the other is of the same type and options.</summary>
    public bool IsSameAs(SavedPart other) => Type == other.Type && IsKnown == other.IsKnown && Text(Options) == Text(other.Options);

    /// <summary>The type and its options.</summary>
    public override string ToString() => $"{Type}({string.Join(", ", Names.Select(each => $"{each.Name}={Text(each.Value)}"))})";

    /// <summary>Returns an option as text.</summary>
    public static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => "",
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "null",
        JsonValueKind.Array => $"[{string.Join(", ", value.EnumerateArray().Select(Text))}]",
        _ => value.GetRawText(),
    };

    private IEnumerable<JsonProperty> Names => Options.ValueKind == JsonValueKind.Object ? Options.EnumerateObject() : [];

    // JSON has no number that is not finite.
    private static JsonNode? Writable(JsonNode? value) =>
        value is JsonValue number && number.TryGetValue(out double real) && !double.IsFinite(real) ? FormattableString.Invariant($"{real}") : value;
}
