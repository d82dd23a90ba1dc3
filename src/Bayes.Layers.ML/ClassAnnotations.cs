using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>The names of classes as an annotation of a column.</summary>
internal static class ClassAnnotations
{
    /// <summary>Returns annotations with one vector of names.</summary>
    public static DataViewSchema.Annotations Of(string kind, IReadOnlyList<string> classes)
    {
        ReadOnlyMemory<char>[] names = [.. classes.Select(name => name.AsMemory())];
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(
            kind, new VectorDataViewType(TextDataViewType.Instance, names.Length),
            (ref VBuffer<ReadOnlyMemory<char>> value) => new VBuffer<ReadOnlyMemory<char>>(names.Length, names).CopyTo(ref value));
        return builder.ToAnnotations();
    }
}
