namespace Bayes.Layers;

/// <summary>How many draws are kept at a time, and how many inputs are passed through them at a time.</summary>
/// <param name="Draws">At least 1.</param>
/// <param name="Rows">At least 1.</param>
internal readonly record struct PassSizes(int Draws, long Rows)
{
    // What passes through a small network at a time should stay in a core's cache: a pass of so many rows, draws times inputs.
    public static long RowsPerPass = E("ROWS", 1 << 15);

    // With fewer inputs than these a pass, calls cost more than arithmetic.
    public static long WorthwhileRows = E("WORTH", 1024);
    public static long BytesPerPass = E("BYTES", 8L << 20);
    public static long BytesOfWeights = E("WEIGHTS", 4L << 20);
    private static long E(string n, long d) => Environment.GetEnvironmentVariable(n) is { } v ? long.Parse(v) : d;

    /// <summary>The sizes for a prediction.</summary>
    /// <param name="draws">S, at most.</param>
    /// <param name="rows">How many inputs there are.</param>
    /// <param name="bytesPerDraw">What one draw's weights take.</param>
    /// <param name="bytesPerRow">What one input takes on its way through one draw.</param>
    /// <param name="budget">What all may take.</param>
    public static PassSizes Within(MemoryBudget budget, int draws, long rows, long bytesPerDraw, long bytesPerRow)
    {
        long half = budget.Bytes / 2, bytes = Math.Min(half, BytesPerPass);
        long block = Math.Min(draws, Math.Min(half, BytesOfWeights) / Math.Max(bytesPerDraw, 1));
        block = Math.Min(block, Math.Min(RowsPerPass / Math.Min(rows, WorthwhileRows), bytes / bytesPerRow / Math.Min(rows, 64)));
        block = Math.Max(block, 1);
        long perPass = Math.Min(RowsPerPass / block, bytes / (block * bytesPerRow));
        return new PassSizes((int)block, Math.Clamp(perPass, 1, rows));
    }
}
