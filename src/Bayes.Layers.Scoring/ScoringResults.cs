using Bayes.Layers.Scoring.Parts;

namespace Bayes.Layers.Scoring;

/// <summary>Says what a file of results is.</summary>
public static class ScoringResults
{
    /// <summary>Returns the number of rows, the draws, and the plan, model and version that made a file of results.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or holds no results of scoring.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string Describe(string path)
    {
        var note = ResultFile.NoteOf(path)
            ?? throw new InvalidDataException($"'{path}' holds no results of scoring; expected a file that 'score' or 'merge' wrote.");
        return string.Join(
            Environment.NewLine,
            FormattableString.Invariant(
                $"{note.Rows} rows{(note.Shard is { } shard ? $" of shard {shard}, from row {note.FirstRow}" : "")}, ")
                + FormattableString.Invariant($"{note.Draws} draws of seed {note.Seed}"),
            $"plan: {note.Plan}", $"model: {note.Model}", $"library: {note.Library}", $"values: {note.Digest}");
    }
}
