namespace Bayes.Layers.Partitioned;

/// <summary>The names and shapes of weight tensors, which lie one after the other in an array. Immutable.</summary>
internal sealed class NaturalLayout
{
    private readonly Dictionary<string, int> _indices;

    public NaturalLayout(IReadOnlyList<string> names, IReadOnlyList<long[]> shapes)
    {
        (Names, Shapes) = (names, shapes);
        _indices = names.Index().ToDictionary(each => each.Item, each => each.Index);
        Starts = new int[names.Count + 1];
        for (int i = 0; i < names.Count; i++)
            Starts[i + 1] = checked(Starts[i] + (int)shapes[i].Aggregate(1L, (product, size) => checked(product * size)));
    }

    /// <summary>Gets the names in order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Gets the shapes in order.</summary>
    public IReadOnlyList<long[]> Shapes { get; }

    /// <summary>Gets the place of the first weight of each tensor, and at the end the count of all.</summary>
    public int[] Starts { get; }

    /// <summary>Gets the count of all weights.</summary>
    public int Count => Starts[^1];

    /// <summary>Returns the index of a name.</summary>
    /// <exception cref="ArgumentException">There is no such name.</exception>
    public int IndexOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _indices.TryGetValue(name, out int index) ? index : throw new ArgumentException(
            $"There is no weight tensor '{name}'; expected one of {string.Join(", ", Names.Select(each => $"'{each}'"))}.", nameof(name));
    }

    /// <summary>Returns the name of the tensor that has the weight at a place.</summary>
    public string NameOf(int place) => Names[Array.FindLastIndex(Starts, Names.Count - 1, start => start <= place)];

    /// <summary>Returns what another layout has where this one has something else, as the rest of a sentence; null if they are equal.</summary>
    public string? DifferenceFrom(NaturalLayout other)
    {
        if (ReferenceEquals(this, other))
            return null;
        foreach (var (index, name) in Names.Index())
        {
            if (!other._indices.TryGetValue(name, out int place))
                return $"there is no '{name}'; expected {Shapes.Count} weight tensors, and found {other.Names.Count}";
            if (!Shapes[index].AsSpan().SequenceEqual(other.Shapes[place]))
                return $"'{name}' has shape {Describe(other, place)}; expected {Describe(this, index)}";
        }
        return other.Names.FirstOrDefault(name => !_indices.ContainsKey(name)) is { } more ? $"there is '{more}', which was not expected"
            : Names.SequenceEqual(other.Names) ? null : "the weight tensors come in another order";

        static string Describe(NaturalLayout layout, int index) => Numerics.Shapes.Describe(layout.Shapes[index]);
    }
}
