using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bayes.Layers.Checkpoints;

/// <summary>
/// The description of a module, prior or likelihood in a file: <c>{"type": …, "options": {…}}</c>, with <c>"own"</c> instead of <c>"type"</c> for a
/// type that the library does not know.
/// </summary>
/// <param name="Type">The name of its type.</param>
/// <param name="IsKnown">Whether the type is in this library's lists; if not, it may still have the name of a type that is.</param>
/// <param name="Options">A JSON object; undefined if there are no options.</param>
internal sealed record SavedPart(string Type, bool IsKnown, JsonElement Options)
{
    private const string TypeKey = "type", OwnKey = "own", OptionsKey = "options";

    /// <summary>Describes an object by its kind, or one of an unknown type by the name of its type and the given options.</summary>
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
    /// <exception cref="JsonException">The description is damaged.</exception>
    public static SavedPart Parse(JsonElement element)
    {
        bool isKnown = element.TryGetProperty(TypeKey, out var type);
        if (!isKnown && !element.TryGetProperty(OwnKey, out type))
            throw new JsonException();
        if (element.TryGetProperty(OptionsKey, out var options) && options.ValueKind != JsonValueKind.Object)
            throw new JsonException();
        return new SavedPart(type.GetString() ?? throw new JsonException(), isKnown, options);
    }

    /// <summary>Determines whether the other description has the same type and options.</summary>
    public bool IsSameAs(SavedPart other) => Type == other.Type && IsKnown == other.IsKnown && Text(Options) == Text(other.Options);

    /// <summary>Returns the type and its options.</summary>
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

    // JSON has only finite numbers; others are saved as strings.
    private static JsonNode? Writable(JsonNode? value) =>
        value is JsonValue number && number.TryGetValue(out double real) && !double.IsFinite(real) ? FormattableString.Invariant($"{real}") : value;
}
