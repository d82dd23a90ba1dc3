using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>Reads members of JSON objects, each of which must be there.</summary>
internal static class JsonReading
{
    /// <summary>Returns a member.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static JsonNode Member(this JsonNode json, string name) => (json as JsonObject)?[name] ?? throw new InvalidDataException(
        $"The description of a table has no '{name}' at {json.GetPath()}; expected one as written by this library.");

    /// <summary>Returns a finite number.</summary>
    public static double Number(this JsonNode json, string name) => Value<double>(json, name) is var number && double.IsFinite(number) ? number
        : throw Wrong(json, name);

    /// <summary>Returns a whole number.</summary>
    public static int Count(this JsonNode json, string name) => Value<int>(json, name);

    /// <summary>Returns a text.</summary>
    public static string Text(this JsonNode json, string name) => Value<string>(json, name);

    /// <summary>Returns true or false.</summary>
    public static bool Boolean(this JsonNode json, string name) => Value<bool>(json, name);

    /// <summary>Returns a member of an enumeration.</summary>
    public static T Enumeration<T>(this JsonNode json, string name)
        where T : struct, Enum => Enum.TryParse(json.Text(name), out T value) && Enum.IsDefined(value) ? value : throw Wrong(json, name);

    /// <summary>Returns the items of an array.</summary>
    public static IEnumerable<JsonNode> Items(this JsonNode json, string name) =>
        (json.Member(name) as JsonArray ?? throw Wrong(json, name)).Select(item => item ?? throw Wrong(json, name));

    /// <summary>Returns the texts of an array.</summary>
    public static string[] Texts(this JsonNode json, string name) => [.. json.Items(name).Select(
        item => item is JsonValue value && value.TryGetValue(out string? text) ? text : throw Wrong(json, name))];

    /// <summary>Writes texts as an array.</summary>
    public static JsonArray ToJson(this IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)JsonValue.Create(text))]);

    private static T Value<T>(JsonNode json, string name) =>
        json.Member(name) is JsonValue value && value.TryGetValue(out T? read) ? read : throw Wrong(json, name);

    private static InvalidDataException Wrong(JsonNode json, string name)
    {
        string found = json[name] is JsonValue value && value.TryGetValue(out string? text) ? text : json[name]?.ToJsonString() ?? "null";
        return new($"The description of a table has {TextValues.Quote(found)} as '{name}' at {json.GetPath()}; expected another value.");
    }
}
