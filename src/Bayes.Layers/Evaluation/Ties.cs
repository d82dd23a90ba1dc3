namespace Bayes.Layers.Evaluation;

/// <summary>Runs of equal numbers in sorted ones.</summary>
internal static class Ties
{
    /// <summary>Where each run begins, and where it has ended.</summary>
    public static IEnumerable<(int Start, int End)> Of(double[] sorted)
    {
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            for (end = start + 1; end < sorted.Length && sorted[end].Equals(sorted[start]);)
                end++;
            yield return (start, end);
        }
    }
}
