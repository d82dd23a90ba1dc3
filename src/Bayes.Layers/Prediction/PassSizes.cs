namespace Bayes.Layers.Prediction;

/// <summary>Defines how many draws are kept at a time, and how many rows pass through them at a time (decision 19).</summary>
/// <param name="Draws">At least 1.</param>
/// <param name="Rows">At least 1.</param>
internal readonly record struct PassSizes(int Draws, long Rows)
{
    // The values of a pass should stay in a core's cache: this many rows times draws of a small network, or this many bytes of a large one. The
    // allocator asks the system anew for each larger tensor.
    private const long RowsPerPass = 1 << 15;
    private const long BytesPerPass = 8L << 20;

    // In managed code only the outputs of a pass are large, and tiles of a few hundred rows stay in the cache by themselves (decision 18).
    private const long OutputsPerManagedPass = 1 << 17;
    private const long WorthwhileManagedRows = 256;

    // If drawing and passing take nearly all of the time, threads share the draws and one of them sums up. Otherwise they share the rows, and
    // weights are drawn once.
    private const int SharesOfDraws = 8;
    private const long WeightsPerOutputOfWide = 1000;

    // Weights that were just drawn are read from a cache, too. Several draws at a time only share the overhead of calls.
    private const long BytesOfWeights = 4L << 20;

    // With fewer rows in a pass, calls cost more than arithmetic: in a small network, and in a large one.
    private const long WorthwhileRows = 1024;
    private const long WorthwhileWideRows = 64;

    /// <summary>Returns the sizes for a prediction.</summary>
    /// <param name="budget">What all may take.</param>
    /// <param name="draws">S, at most.</param>
    /// <param name="rows">How many inputs there are.</param>
    /// <param name="bytesPerDraw">What one draw's weights take.</param>
    /// <param name="bytesPerRow">What one input takes on its way through one draw.</param>
    /// <param name="threads">How many threads have draws and passes of their own at a time.</param>
    /// <param name="isOnCpu">Whether caches matter; on a GPU many at a time do.</param>
    public static PassSizes Within(
        MemoryBudget budget, int draws, long rows, long bytesPerDraw, long bytesPerRow, int threads = 1, bool isOnCpu = true)
    {
        long half = budget.Bytes / threads / 2;
        long pass = isOnCpu ? Math.Min(half, BytesPerPass) : half, weights = isOnCpu ? Math.Min(half, BytesOfWeights) : half;
        long block = Math.Min(draws, weights / Math.Max(bytesPerDraw, 1));
        long wideRows = isOnCpu ? Math.Min(rows, WorthwhileWideRows) : 1;
        block = Math.Min(block, Math.Min(RowsPerPass / Math.Min(rows, WorthwhileRows), pass / (bytesPerRow * wideRows)));
        block = Math.Max(block, 1);
        long perPass = Math.Min(RowsPerPass / block, pass / (block * bytesPerRow));
        return new PassSizes((int)block, Math.Clamp(perPass, 1, rows));
    }

    /// <summary>
    /// Returns the sizes for a prediction in which each draw runs a whole network: as many rows at a time as the memory has room for, as its plain
    /// pass would take them. On few rows, torch's convolutions are slow.
    /// </summary>
    /// <inheritdoc cref="Within" path="/param"/>
    public static PassSizes OfNetwork(MemoryBudget budget, int draws, long rows, long bytesPerDraw, long bytesPerRow, int threads)
    {
        long half = budget.Bytes / threads / 2;
        long block = Math.Clamp(Math.Min(half, BytesOfWeights) / Math.Max(bytesPerDraw, 1), 1, draws);
        // Shares for all threads.
        if (threads > 1)
            block = Math.Min(block, (draws + SharesOfDraws - 1) / SharesOfDraws);
        return new PassSizes((int)block, Math.Clamp(half / Math.Max(bytesPerRow, 1), 1, rows));
    }

    /// <summary>Returns the sizes for a prediction whose passes managed code computes.</summary>
    /// <param name="budget">What all may take.</param>
    /// <param name="draws">S, at most.</param>
    /// <param name="rows">How many inputs there are.</param>
    /// <param name="bytesPerDraw">What one draw's weights take.</param>
    /// <param name="outputSize">How many numbers the output of one input is.</param>
    /// <param name="threads">How many threads have passes of their own at a time.</param>
    /// <param name="isWorthThreads">Whether the work takes so long that several threads should find shares of it.</param>
    public static PassSizes Managed(MemoryBudget budget, int draws, long rows, long bytesPerDraw, long outputSize, int threads, bool isWorthThreads)
    {
        long half = budget.Bytes / threads / 2;
        long outputs = Math.Max(1, Math.Min(OutputsPerManagedPass, half / sizeof(float)) / outputSize);
        long block = Math.Min(draws, Math.Min(half, BytesOfWeights) / Math.Max(bytesPerDraw, 1));
        block = Math.Clamp(outputs / Math.Min(rows, WorthwhileManagedRows), 1, Math.Max(block, 1));
        bool isWide = bytesPerDraw / sizeof(float) >= WeightsPerOutputOfWide * outputSize;
        if (isWorthThreads && isWide)
            block = Math.Clamp(Math.Min(outputs / rows, (draws + SharesOfDraws - 1) / SharesOfDraws), 1, block);
        return new PassSizes((int)block, Math.Clamp(outputs / block, 1, rows));
    }
}
