using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Runs the passes of one prediction in blocks of draws, and within them of rows, on the calling thread or on several. Each row meets the draws in
/// the same order, so the sums do not depend on the blocks. Rows behind a deterministic front pass all draws before the next rows do.
/// </summary>
/// <param name="functions">The functions.</param>
/// <param name="plan">How the prediction is computed.</param>
/// <param name="front">The rows, behind the functions' deterministic front.</param>
/// <param name="rows">B, how many rows there are.</param>
/// <param name="draws">S, the most draws that will be made.</param>
/// <param name="moments">The sums.</param>
/// <param name="samples">Keeps all outputs, or null.</param>
/// <param name="progress">Receives a report after every block, on the calling thread.</param>
/// <param name="cancellationToken">Ends the work between two blocks.</param>
internal sealed class PredictionPasses(
    FunctionSampler functions, PredictionPlan plan, FrontValues front, long rows, int draws, PredictiveMoments moments, KeptSamples? samples,
    IProgress<PredictiveProgress>? progress, CancellationToken cancellationToken)
{
    // The most blocks of rows whose outputs a thread may keep for a while.
    private const int MostBlocksKept = 16;

    private readonly PassSizes _sizes = plan.Sizes;
    private readonly int _threads = plan.Threads;
    private long _done;

    /// <summary>
    /// Passes all rows through draws <paramref name="from"/> to <paramref name="to"/> − 1, counted from the first of this prediction.
    /// </summary>
    public void Run(int from, int to)
    {
        int drawBlocks = (to - from + _sizes.Draws - 1) / _sizes.Draws;
        for (long row = 0; row < rows; row += front.RowsAtATime)
        {
            using var scope = NewDisposeScope();
            var part = new RowPart(front.From(row), row, Math.Min(front.RowsAtATime, rows - row), _sizes.Rows);
            bool fits = part.Blocks == 1 || part.Blocks <= MostBlocksKept && drawBlocks >= 2 * plan.DrawingThreads;
            if (plan.DrawingThreads > 1 && drawBlocks > 1 && fits)
                SpreadDraws(part, from, to, drawBlocks);
            else
                for (int first = from; first < to; first += _sizes.Draws)
                    PassDraws(part, first, Math.Min(_sizes.Draws, to - first));
        }
        moments.Count(to - from);
    }

    // Threads share the draws, and each draws its own functions. Their outputs are summed up here, draw after draw.
    private void SpreadDraws(RowPart part, int from, int to, int blocks)
    {
        PassWorkers.Run(plan.DrawingThreads, blocks, Make, Take, cancellationToken);

        int First(int block) => from + block * _sizes.Draws;
        int Count(int block) => Math.Min(_sizes.Draws, to - First(block));

        Tensor[] Make(int block)
        {
            using var own = Block(part, First(block), Count(block));
            return [.. Enumerable.Range(0, part.Blocks).Select(each => Pass(part, own, each))];
        }

        void Take(int block, Tensor[] outputs)
        {
            for (int each = 0; each < part.Blocks; each++)
            {
                SumUp(part, outputs[each], First(block), each);
                Report(part, Count(block), each);
            }
        }
    }

    // Runs a block of draws on this thread, or draws the functions here and spreads the rows over threads, which sum up their own.
    private void PassDraws(RowPart part, int first, int count)
    {
        using var own = Block(part, first, count);
        bool isSpread = _threads > 1 && part.Blocks > 1;
        // The very first block allocates the sums of all rows.
        int here = !isSpread ? part.Blocks : first == 0 && part.First == 0 ? 1 : 0;
        if (isSpread)
            DrawAll(own);
        for (int block = 0; block < here; block++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            PassAndSumUp(block);
            Report(part, count, block);
        }
        if (isSpread)
            PassWorkers.Run(
                _threads, part.Blocks - here, block => { PassAndSumUp(here + block); return []; },
                (block, _) => Report(part, count, here + block), cancellationToken);

        void PassAndSumUp(int block)
        {
            using var scope = NewDisposeScope();
            SumUp(part, Pass(part, own, block), first, block);
        }
    }

    private FunctionDraws Block(RowPart part, int first, int count) =>
        functions.Block(first, count, isReused: part.Blocks > 1 || !functions.UsesDrawsOnce);

    private void DrawAll(FunctionDraws own)
    {
        TorchThreads.Use(_threads);
        own.DrawAll();
        TorchThreads.Use(1);
    }

    private Tensor Pass(RowPart part, FunctionDraws own, int block)
    {
        using var scope = NewDisposeScope();
        return own.Apply(part.Values.Narrow(block * _sizes.Rows, part.Length(block))).MoveToOuterDisposeScope();
    }

    private void SumUp(RowPart part, Tensor outputs, int firstDraw, int block)
    {
        long row = part.First + block * _sizes.Rows;
        moments.Add(outputs, row, isFirst: firstDraw == 0);
        samples?.Add(outputs, firstDraw, row);
    }

    private void Report(RowPart part, int count, int block)
    {
        using var scope = NewDisposeScope();
        _done += part.Length(block) * count;
        progress?.Report(new PredictiveProgress(_done, draws * rows));
    }

    /// <summary>Describes rows that are kept at a time.</summary>
    /// <param name="Values">Their values, <c>[b, …]</c> for each input.</param>
    /// <param name="First">The first row.</param>
    /// <param name="Count">How many there are.</param>
    /// <param name="BlockSize">How many pass at a time.</param>
    private sealed record RowPart(NetworkInput Values, long First, long Count, long BlockSize)
    {
        public int Blocks { get; } = (int)Math.Min(int.MaxValue, (Count + BlockSize - 1) / BlockSize);

        public long Length(int block) => Math.Min(BlockSize, Count - block * BlockSize);
    }
}
