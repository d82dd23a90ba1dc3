using System.Globalization;
using System.Text.Json;

namespace Bayes.Layers.Checkpoints;

/// <summary>Reads the options of a module, prior or likelihood from the description in a file.</summary>
/// <param name="owner">The object that has the options, for messages.</param>
/// <param name="options">A JSON object.</param>
internal sealed class SavedOptions(string owner, JsonElement options)
{
    /// <summary>Determines whether there is an option, which files of earlier versions may lack.</summary>
    public bool Has(string name) => options.ValueKind == JsonValueKind.Object && options.TryGetProperty(name, out _);

    /// <summary>Reads a whole number.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public long Int64(string name) => Int64OrNull(name) ?? throw Damaged(name, "a whole number");

    /// <summary>Reads a whole number or null.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public long? Int64OrNull(string name)
    {
        var value = Value(name);
        return value.ValueKind == JsonValueKind.Null ? null
            : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number
            : throw Damaged(name, "a whole number");
    }

    /// <summary>Reads a whole number that an <see cref="int"/> holds.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public int Int32(string name) => Int32OrNull(name) ?? throw Damaged(name, "a whole number");

    /// <summary>Reads a whole number that an <see cref="int"/> holds, or null.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public int? Int32OrNull(string name) => Int64OrNull(name) is not { } number ? null
        : (int)number == number ? (int)number
        : throw Damaged(name, "a whole number of 32 bits");

    /// <summary>Reads a list of <paramref name="count"/> whole numbers.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public long[] Int64s(string name, int count) =>
        Int64s(name) is { } numbers && numbers.Length == count ? numbers : throw Damaged(name, $"a list of {count} whole numbers");

    /// <summary>Reads whole numbers or null.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public long[]? Int64s(string name)
    {
        var value = Value(name);
        return value.ValueKind == JsonValueKind.Null ? null
            : [.. List(name).Select(each => each.ValueKind == JsonValueKind.Number && each.TryGetInt64(out long number) ? number
                : throw Damaged(name, "a list of whole numbers"))];
    }

    /// <summary>Reads a number.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public double Double(string name) => DoubleOrNull(name) ?? throw Damaged(name, "a number");

    /// <summary>Reads a number or null.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public double? DoubleOrNull(string name) => Value(name) is { ValueKind: not JsonValueKind.Null } value ? Double(name, value) : null;

    /// <summary>Reads numbers or null.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public double[]? Doubles(string name) => Value(name).ValueKind == JsonValueKind.Null ? null : [.. List(name).Select(each => Double(name, each))];

    /// <summary>Reads a Boolean.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public bool Boolean(string name) => BooleanOrNull(name) ?? throw Damaged(name, "true or false");

    /// <summary>Reads a Boolean or null.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public bool? BooleanOrNull(string name) => Value(name).ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Damaged(name, "true or false"),
    };

    /// <summary>Reads the name of an enumeration's value, or returns null if the option is not a string.</summary>
    /// <exception cref="CheckpointException">The option is missing, or has another value.</exception>
    public T? EnumOrNull<T>(string name) where T : struct, System.Enum
    {
        var value = Value(name);
        return value.ValueKind != JsonValueKind.String ? null
            : System.Enum.TryParse(value.GetString(), out T parsed) && System.Enum.IsDefined(parsed) ? parsed
            : throw Damaged(name, string.Join(" or ", System.Enum.GetNames<T>()));
    }

    /// <summary>Reads the name of an enumeration's value.</summary>
    /// <exception cref="CheckpointException">The option is missing, or has another value.</exception>
    public T Enum<T>(string name) where T : struct, System.Enum => EnumOrNull<T>(name)
        ?? throw Damaged(name, string.Join(" or ", System.Enum.GetNames<T>()));

    /// <summary>Reads a string or null.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public string? StringOrNull(string name) => Value(name) is { ValueKind: JsonValueKind.String or JsonValueKind.Null } value
        ? value.GetString() : throw Damaged(name, "a text");

    /// <summary>Reads a list of objects with options of their own.</summary>
    /// <exception cref="CheckpointException">The option is missing, or of another kind.</exception>
    public IEnumerable<SavedOptions> Objects(string name) => List(name).Select(each => new SavedOptions($"An entry of '{name}' of {owner}", each));

    /// <summary>Reads the description of a prior or posterior; null if it is missing.</summary>
    /// <exception cref="CheckpointException">The option is of another kind.</exception>
    public SavedPart? PartOrNull(string name)
    {
        if (options.ValueKind != JsonValueKind.Object || !options.TryGetProperty(name, out var value))
            return null;
        try
        {
            return SavedPart.Parse(value);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Damaged(name, "a type with its options");
        }
    }

    /// <summary>Reads a whole number; null if it is missing.</summary>
    /// <exception cref="CheckpointException">The option is of another kind.</exception>
    public long? Int64IfAny(string name) =>
        options.ValueKind == JsonValueKind.Object && options.TryGetProperty(name, out _) ? Int64OrNull(name) : null;

    /// <summary>Reads a string; null if it is missing.</summary>
    /// <exception cref="CheckpointException">The option is of another kind.</exception>
    public string? StringIfAny(string name) =>
        options.ValueKind == JsonValueKind.Object && options.TryGetProperty(name, out _) ? StringOrNull(name) : null;

    private double Double(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? value.GetDouble()
        // JSON has only finite numbers; others are saved as strings.
        : value.ValueKind == JsonValueKind.String
            && double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
        : throw Damaged(name, "a number");

    private JsonElement.ArrayEnumerator List(string name) => Value(name) is { ValueKind: JsonValueKind.Array } list
        ? list.EnumerateArray() : throw Damaged(name, "a list");

    private JsonElement Value(string name) =>
        options.ValueKind == JsonValueKind.Object && options.TryGetProperty(name, out var value) ? value
            : throw new CheckpointException($"{owner} has no option '{name}' in the file; the file is damaged or of another version.");

    private CheckpointException Damaged(string name, string expected) =>
        new($"{owner} has the option '{name}' {Value(name)} in the file; expected {expected}.");
}
