using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Prediction;

/// <summary>Defines how a prediction is computed: on how many threads, and in what blocks.</summary>
/// <param name="Threads">How many threads.</param>
/// <param name="DrawingThreads">How many of them may draw functions of their own at a time: as many as the budget has room for.</param>
/// <param name="FrontRowsPerPass">How many rows pass through the deterministic front at a time.</param>
/// <param name="RowsKept">For how many rows at a time the front's output is kept while the draws pass.</param>
/// <param name="Sizes">The sizes of the blocks.</param>
/// <param name="SharesNumbers">Whether the sampler keeps what all blocks of draws need; otherwise each block computes it anew.</param>
internal sealed record PredictionPlan(int Threads, int DrawingThreads, long FrontRowsPerPass, long RowsKept, PassSizes Sizes, bool SharesNumbers)
{
    // Numbers that all draws share, such as sigma, are kept if they take a small share of the budget.
    private const int ShareOfSharedNumbers = 8;

    /// <summary>Makes the plan.</summary>
    /// <param name="functions">The functions.</param>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="rows">B, how many rows there are.</param>
    /// <param name="draws">S, at most.</param>
    /// <param name="budget">What all may take.</param>
    public static PredictionPlan Of(FunctionSampler functions, Likelihood likelihood, long rows, int draws, MemoryBudget budget)
    {
        bool isWorthThreads = functions.IsWorthThreads(draws, rows);
        int threads = functions.AllowsThreads && IsOurs(likelihood) && isWorthThreads && functions.IsOnCpu ? TorchThreads.Usable : 1;
        int drawingThreads = (int)Math.Clamp(budget.Bytes / 2 / Math.Max(functions.BytesPerDraw, 1), 1, threads);

        bool sharesNumbers = functions.SharedBytes <= budget.Bytes / ShareOfSharedNumbers;
        if (sharesNumbers)
            budget = budget.Less(functions.SharedBytes);

        long rowsKept = rows, frontRows = rows;
        if (functions.Front is { } front)
        {
            frontRows = functions.FrontRows(budget, rows, threads);
            rowsKept = RowsWithin(budget.Bytes / 2, front.BytesKeptPerRow, rows, frontRows);
            budget = budget.Less(rowsKept * front.BytesKeptPerRow);
        }
        var sizes = functions.Sizes(budget, draws, rowsKept, threads, isWorthThreads);
        // No shares for threads: torch's operations use its own.
        if (drawingThreads == 1 && sizes.Rows >= rowsKept)
            threads = 1;
        return new PredictionPlan(threads, drawingThreads, frontRows, rowsKept, sizes, sharesNumbers && sizes.Draws < draws);
    }

    // A multiple of the rows of a pass, if there are several passes.
    private static long RowsWithin(long bytes, long bytesPerRow, long rows, long rowsPerPass)
    {
        long fitting = Math.Clamp(bytes / Math.Max(bytesPerRow, 1), 1, rows);
        return fitting < rows && fitting > rowsPerPass ? fitting / rowsPerPass * rowsPerPass : fitting;
    }

    // A user's likelihood may keep state of a call.
    private static bool IsOurs(Likelihood likelihood) => likelihood.GetType().Assembly == typeof(PredictionPlan).Assembly;
}
