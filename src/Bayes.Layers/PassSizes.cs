namespace Bayes.Layers;

/// <summary>How many draws are kept at a time, and how many inputs are passed through them at a time.</summary>
/// <param name="Draws">At least 1.</param>
/// <param name="Rows">At least 1.</param>
internal readonly record struct PassSizes(int Draws, long Rows)
{
    // What passes through a small network at a time should stay in a core's cache: a pass of so many rows, draws times inputs.
    private const long RowsPerPass = 1 << 15;

    // With fewer inputs than these a pass, calls cost more than arithmetic.
    private const long WorthwhileRows = 1024;

    /// <summary>The sizes for a prediction.</summary>
    /// <param name="draws">S, at most.</param>
    /// <param name="rows">How many inputs there are.</param>
    /// <param name="bytesPerDraw">What one draw's weights take.</param>
    /// <param name="bytesPerRow">What one input takes on its way through one draw.</param>
    /// <param name="budget">What all may take.</param>
    public static PassSizes Within(MemoryBudget budget, int draws, long rows, long bytesPerDraw, long bytesPerRow)
    {
        long half = budget.Bytes / 2;
        long block = Math.Min(draws, half / Math.Max(bytesPerDraw, 1));
        block = Math.Min(block, Math.Min(RowsPerPass / Math.Min(rows, WorthwhileRows), half / bytesPerRow));
        block = Math.Max(block, 1);
        long perPass = Math.Min(RowsPerPass / block, half / (block * bytesPerRow));
        return new PassSizes((int)block, Math.Clamp(perPass, 1, rows));
    }
}
