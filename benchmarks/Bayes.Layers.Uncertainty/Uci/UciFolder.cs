namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>The folder with the sets.</summary>
internal static class UciFolder
{
    // They would need quotes in splits.csv.
    private static readonly char[] Misleading = [',', '"', '\r', '\n', '|'];

    /// <summary>Reads sets by their names, or all in alphabetical order if there are no names.</summary>
    /// <exception cref="IOException">The folder does not exist, or has no set of a name.</exception>
    /// <exception cref="DataFileException">A file cannot be used.</exception>
    public static IReadOnlyList<UciSet> Read(string folder, IReadOnlyList<string> names)
    {
        if (!Directory.Exists(folder))
            throw new IOException($"The folder '{folder}' of --data does not exist; expected one with a file NAME.csv for each set.");
        string[] all =
            [.. Directory.GetFiles(folder, "*.csv").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];
        if (all.Length == 0)
            throw new IOException($"The folder '{folder}' of --data has no file that ends in .csv; expected one for each set.");
        string[] chosen = names.Count > 0 ? [.. names] : all;
        foreach (string name in chosen)
        {
            if (!all.Contains(name))
            {
                string suggestion = Similar.To(name, all) is { } similar ? $" (did you mean {similar}?)" : "";
                throw new IOException(
                    $"The folder '{folder}' has no set {MessageText.Quote(name)}{suggestion}; expected some of {string.Join(", ", all)}.");
            }
            if (name.IndexOfAny(Misleading) >= 0)
                throw new IOException($"The file {MessageText.Quote(name + ".csv")} has a comma or a quote in its name; expected a plain name.");
        }
        return [.. chosen.Select(name => UciSet.Read(Path.Combine(folder, name + ".csv")))];
    }
}
