namespace Bayes.Layers.Samples.Support.CommandLine;

/// <summary>Finds the name that a mistyped one may stand for.</summary>
internal static class Similar
{
    private const int LongestName = 100;

    /// <summary>Returns the candidate with the fewest edits, ignoring case; null if each needs more edits than a third of its length.</summary>
    public static string? To(string text, IEnumerable<string> candidates)
    {
        if (text.Length > LongestName)
            return null;
        var (name, edits) = candidates.Where(name => name.Length <= LongestName)
            .Select(name => (name, Edits(text.ToUpperInvariant(), name.ToUpperInvariant())))
            .DefaultIfEmpty(("", int.MaxValue)).MinBy(each => each.Item2);
        return edits <= name.Length / 3 ? name : null;
    }

    /// <summary>
    /// Computes the optimal string alignment distance: the number of insertions, deletions, replacements and swaps of neighbours that turn one text
    /// into the other.
    /// </summary>
    private static int Edits(string a, string b)
    {
        int[,] edits = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }
                int replaced = edits[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                edits[i, j] = Math.Min(replaced, 1 + Math.Min(edits[i - 1, j], edits[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
            }
        return edits[a.Length, b.Length];
    }
}
