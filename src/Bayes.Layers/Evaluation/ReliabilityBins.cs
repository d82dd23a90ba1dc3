namespace Bayes.Layers.Evaluation;

/// <summary>Sorts probabilities into bins, each with the observed frequency.</summary>
internal static class ReliabilityBins
{
    public static IReadOnlyList<ReliabilityBin> Of(double[] probabilities, bool[] happened, int bins, Binning binning) =>
        Array.AsReadOnly(binning == Binning.EqualWidth ? OfEqualWidth(probabilities, happened, bins) : OfEqualMass(probabilities, happened, bins));

    private static ReliabilityBin[] OfEqualWidth(double[] probabilities, bool[] happened, int bins)
    {
        long[] counts = new long[bins], hits = new long[bins];
        double[] sums = new double[bins];
        for (int example = 0; example < probabilities.Length; example++)
        {
            int bin = BinOf(probabilities[example], bins);
            counts[bin]++;
            hits[bin] += happened[example] ? 1 : 0;
            sums[bin] += probabilities[example];
        }
        var collected = new ReliabilityBin[bins];
        for (int bin = 0; bin < bins; bin++)
            collected[bin] = new ReliabilityBin(
                Edge(bin, bins), Edge(bin + 1, bins), counts[bin],
                counts[bin] == 0 ? null : sums[bin] / counts[bin],
                counts[bin] == 0 ? null : (double)hits[bin] / counts[bin]);
        return collected;
    }

    // A run of equal probabilities goes into the bin of its middle, so the order of the examples does not matter.
    private static ReliabilityBin[] OfEqualMass(double[] probabilities, bool[] happened, int bins)
    {
        double[] sorted = (double[])probabilities.Clone();
        bool[] outcomes = (bool[])happened.Clone();
        Array.Sort(sorted, outcomes);
        var ends = new Dictionary<int, (int Start, int End)>();
        foreach (var (start, end) in Ties.Of(sorted))
        {
            int bin = (int)((start + end - 1L) / 2 * bins / sorted.Length);
            ends[bin] = (ends.TryGetValue(bin, out var soFar) ? soFar.Start : start, end);
        }
        return [.. ends.Values.OrderBy(range => range.Start).Select(range =>
        {
            int count = range.End - range.Start;
            double sum = 0;
            foreach (double probability in sorted.AsSpan(range.Start, count))
                sum += probability;
            long hits = outcomes.AsSpan(range.Start, count).Count(true);
            return new ReliabilityBin(sorted[range.Start], sorted[range.End - 1], count, sum / count, (double)hits / count);
        })];
    }

    // The product is rounded, and may place a probability at an edge on the wrong side, so compare with the edges themselves.
    private static int BinOf(double probability, int bins)
    {
        int bin = Math.Clamp((int)Math.Ceiling(probability * bins) - 1, 0, bins - 1);
        if (bin > 0 && probability <= Edge(bin, bins))
            return bin - 1;
        return bin < bins - 1 && probability > Edge(bin + 1, bins) ? bin + 1 : bin;
    }

    private static double Edge(int index, int bins) => (double)index / bins;
}
