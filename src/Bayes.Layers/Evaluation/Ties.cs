namespace Bayes.Layers.Evaluation;

/// <summary>Finds runs of equal numbers in a sorted array.</summary>
internal static class Ties
{
    /// <summary>Returns the start and the exclusive end of each run.</summary>
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
