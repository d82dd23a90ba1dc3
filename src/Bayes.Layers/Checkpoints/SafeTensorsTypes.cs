using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>The element types that both the format and TorchSharp have, and their names in the format.</summary>
internal static class SafeTensorsTypes
{
    private static readonly (string Name, ScalarType Type, int Size)[] All =
    [
        ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>Gets all names, for messages.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(each => each.Name));

    /// <summary>Returns the name of a type, or null if the format lacks the type.</summary>
    public static string? NameOf(ScalarType type) => All.FirstOrDefault(each => each.Type == type).Name;

    /// <summary>Returns the type with a name, or null if there is no such type.</summary>
    public static ScalarType? TypeOf(string name) => All.Any(each => each.Name == name) ? All.First(each => each.Name == name).Type : null;

    /// <summary>Returns the bytes per element.</summary>
    public static int SizeOf(ScalarType type) => All.First(each => each.Type == type).Size;
}
