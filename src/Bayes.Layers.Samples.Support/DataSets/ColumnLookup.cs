using Bayes.Layers.Samples.Support.CommandLine;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>Finds columns by their names in the header.</summary>
internal static class ColumnLookup
{
    private const int NamesShown = 5;

    /// <summary>Returns the index of a column.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="names">The names in the header.</param>
    /// <param name="name">The name to find.</param>
    /// <exception cref="DataFileException">The header does not contain the name, or contains it more than once.</exception>
    public static int IndexOf(string path, IReadOnlyList<string> names, string name)
    {
        int[] found = [.. Enumerable.Range(0, names.Count).Where(column => names[column] == name)];
        if (found.Length == 0)
            throw new DataFileException(path, $"has no column {MessageText.Quote(name)}{Suggestion(names, name)} on line 1, only {Shown(names)}");
        return found.Length == 1
            ? found[0]
            : throw new DataFileException(path, $"has the column {MessageText.Quote(name)} more than once on line 1, where once was expected");
    }

    private static string Suggestion(IReadOnlyList<string> names, string name) =>
        Similar.To(name, names) is { } similar ? $" (did you mean {MessageText.Quote(similar)}?)" : "";

    private static string Shown(IReadOnlyList<string> names)
    {
        string shown = string.Join(", ", names.Take(NamesShown).Select(MessageText.Quote));
        return names.Count > NamesShown ? $"{shown} and {names.Count - NamesShown} more" : shown;
    }
}
