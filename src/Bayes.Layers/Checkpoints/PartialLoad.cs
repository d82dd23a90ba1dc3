namespace Bayes.Layers.Checkpoints;

/// <summary>What a partial load took from a file, and what it did not. All lists are sorted by name.</summary>
/// <param name="Taken">The model's tensors that now hold the file's numbers.</param>
/// <param name="Missing">The model's tensors that the file lacks; they are as they were.</param>
/// <param name="Unused">The file's tensors that the model lacks, or that were not asked for.</param>
/// <param name="OtherShape">Tensors of both whose shapes differ, and those beside them in the same module, of which nothing was taken.</param>
public sealed record PartialLoad(IReadOnlyList<string> Taken, IReadOnlyList<string> Missing, IReadOnlyList<string> Unused,
    IReadOnlyList<string> OtherShape)
{
    /// <summary>Returns the four lists, a line each.</summary>
    public override string ToString() =>
        string.Join('\n', Line("taken", Taken), Line("missing in the file", Missing), Line("unused of the file", Unused),
        Line("of another shape", OtherShape));

    private static string Line(string title, IReadOnlyList<string> names) => $"{title}: {(names.Count == 0 ? "nothing" : string.Join(", ", names))}";
}
