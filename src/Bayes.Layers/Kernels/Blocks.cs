using static TorchSharp.torch;

namespace Bayes.Layers.Kernels;

/// <summary>
/// A loop over many numbers in blocks that fit into a core's cache, on as many threads as torch may use (<c>torch.set_num_threads</c>) if there are
/// many. Blocks and the order in which their sums are added do not depend on the number of threads, and neither do results.
/// </summary>
internal static class Blocks
{
    // The largest block.
    private const int Size = 1 << 10;

    // The number of elements that a thread takes at a time.
    private const int PerThread = 1 << 14;

    // On a busy machine a thread of the team may have to wait for its core for longer than shorter work takes.
    private const int LeastForTeam = 1 << 18;

    // After a matrix product, torch's helper threads spin for milliseconds: during shorter work, our own threads would wait for a core (decision
    // 20).
    private const int LeastForThreads = 1 << 20;

    /// <summary>Determines whether one thread processes this number of elements, from the first to the last.</summary>
    public static bool IsOnOneThread(long length) => length < (TorchTeam.IsAvailable ? LeastForTeam : LeastForThreads);

    /// <summary>Processes each block, and returns the sum of the results in double precision.</summary>
    public static double Sum<TTerm>(int length, TTerm term) where TTerm : struct, IBlockTerm =>
        length <= PerThread ? SumOfPart(0, length, term) : SumOfParts(length, term);

    private static double SumOfParts<TTerm>(int length, TTerm term) where TTerm : struct, IBlockTerm
    {
        var sums = new double[(length - 1) / PerThread + 1];
        int threads = IsOnOneThread(length) ? 1 : Math.Min(sums.Length, get_num_threads());
        if (threads == 1)
            for (int part = 0; part < sums.Length; part++)
                Take(part);
        else if (TorchTeam.IsAvailable)
            TorchTeam.ForEach(sums.Length, threads, Take);
        else
            Parallel.For(0, sums.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, Take);
        double sum = 0;
        foreach (double part in sums)
            sum += part;
        return sum;

        void Take(int part) => sums[part] = SumOfPart(part * PerThread, Math.Min(PerThread, length - part * PerThread), term);
    }

    private static double SumOfPart<TTerm>(int start, int length, TTerm term) where TTerm : struct, IBlockTerm
    {
        double sum = 0;
        for (int end = start + length; start < end; start += Size)
            sum += term.Take(start, Math.Min(Size, end - start));
        return sum;
    }
}
