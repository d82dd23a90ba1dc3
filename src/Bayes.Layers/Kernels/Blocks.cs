using static TorchSharp.torch;

namespace Bayes.Layers.Kernels;

/// <summary>
/// A loop over many numbers in blocks that fit into a core's cache, on as many threads as torch may use (<c>torch.set_num_threads</c>) if there are
/// very many. Blocks and the order in which their sums are added do not depend on the number of threads, and neither do results.
/// </summary>
internal static class Blocks
{
    // The largest block.
    private const int Size = 1 << 10;

    // The number of elements that a thread takes at a time.
    private const int PerThread = 1 << 16;

    // After a matrix product, torch's helper threads spin for milliseconds: during shorter work, our own threads would wait for a core (decision
    // 20).
    private const int LeastForThreads = 1 << 20;

    /// <summary>Determines whether one thread processes this number of elements, from the first to the last.</summary>
    public static bool IsOnOneThread(long length) => length < LeastForThreads;

    /// <summary>Processes each block, and returns the sum of the results in double precision.</summary>
    public static double Sum<TTerm>(int length, TTerm term) where TTerm : struct, IBlockTerm =>
        IsOnOneThread(length) ? SumOfPart(0, length, term) : SumOfParts(length, term);

    private static double SumOfParts<TTerm>(int length, TTerm term) where TTerm : struct, IBlockTerm
    {
        var sums = new double[(length - 1) / PerThread + 1];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Min(sums.Length, get_num_threads()) };
        Parallel.For(0, sums.Length, options, part => sums[part] = SumOfPart(part * PerThread, Math.Min(PerThread, length - part * PerThread), term));
        double sum = 0;
        foreach (double part in sums)
            sum += part;
        return sum;
    }

    private static double SumOfPart<TTerm>(int start, int length, TTerm term) where TTerm : struct, IBlockTerm
    {
        double sum = 0;
        for (int end = start + length; start < end; start += Size)
            sum += term.Take(start, Math.Min(Size, end - start));
        return sum;
    }
}
