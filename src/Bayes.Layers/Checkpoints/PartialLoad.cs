namespace Bayes.Layers.Checkpoints;

/// <summary>Lists the tensors that a partial load took from a file, and those that it did not. All lists are sorted by name.</summary>
/// <param name="Taken">The model's tensors that now have the file's values.</param>
/// <param name="Missing">The model's tensors that the file lacks; they are unchanged.</param>
/// <param name="Unused">The file's tensors that the model lacks, or that were not requested.</param>
/// <param name="OtherShape">Tensors of both with different shapes, and those in the same module; they are unchanged.</param>
public sealed record PartialLoad(
    IReadOnlyList<string> Taken, IReadOnlyList<string> Missing, IReadOnlyList<string> Unused, IReadOnlyList<string> OtherShape)
{
    /// <summary>Returns the four lists, one per line.</summary>
    public override string ToString() =>
        string.Join(
            '\n', Line("taken", Taken), Line("missing in the file", Missing), Line("unused of the file", Unused),
            Line("of another shape", OtherShape));

    private static string Line(string title, IReadOnlyList<string> names) => $"{title}: {(names.Count == 0 ? "nothing" : string.Join(", ", names))}";
}
