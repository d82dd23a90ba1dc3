using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>The values that the keys of a column stand for, as text.</summary>
internal static class KeyNames
{
    /// <summary>Returns the names of the keys of a column, from key 1; their numbers if it has no values.</summary>
    public static IReadOnlyList<string> Of(DataViewSchema.Column column, KeyDataViewType key)
    {
        int count = checked((int)key.Count);
        var values = column.Annotations.Schema.GetColumnOrNull("KeyValues");
        if (values is not { Type: VectorDataViewType vector })
            return [.. Enumerable.Range(1, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        return (IReadOnlyList<string>)typeof(KeyNames).GetMethod(nameof(Read), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(vector.ItemType.RawType).Invoke(null, [column.Annotations])!;
    }

    private static string[] Read<T>(DataViewSchema.Annotations annotations)
    {
        VBuffer<T> values = default;
        annotations.GetValue("KeyValues", ref values);
        return [.. values.DenseValues().Select(value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")];
    }
}
