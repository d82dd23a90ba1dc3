using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// The passes of one prediction, in blocks of draws and within them of inputs, on the calling thread or on several: each input meets the draws in one order, so
/// that it makes no difference to the sums.
/// </summary>
/// <param name="model">The model; with several threads, one of <see cref="StatelessModules"/>.</param>
/// <param name="dense">What passes instead of it, where it is such a network.</param>
/// <param name="input"><c>[B, …]</c>.</param>
/// <param name="draws">All draws, bound to the model.</param>
/// <param name="moments">What is summed up.</param>
/// <param name="samples">What keeps all outputs, or none.</param>
/// <param name="sizes">The sizes of the blocks.</param>
/// <param name="threads">How many threads.</param>
/// <param name="usesWeightsOnce">Whether a pass uses each weight once, as far as is known: if rows come in one block, it need not be kept.</param>
/// <param name="progress">Told after every block, on the calling thread.</param>
/// <param name="cancellationToken">Ends the work between two blocks.</param>
internal sealed class PredictionPasses(
    BayesianModule model, DenseNetwork? dense, Tensor input, PosteriorDraws draws, PredictiveMoments moments, KeptSamples? samples, PassSizes sizes, int threads, bool usesWeightsOnce,
    IProgress<PredictiveProgress>? progress, CancellationToken cancellationToken)
{
    // Blocks of inputs whose outputs a thread may keep for a while.
    private const int MostBlocksKept = 16;

    private readonly long _rows = input.shape[0];
    private readonly int _rowBlocks = (int)Math.Min(int.MaxValue, (input.shape[0] + sizes.Rows - 1) / sizes.Rows);

    /// <summary>Passes all inputs through draws <paramref name="from"/> to <paramref name="to"/> − 1 of ours.</summary>
    public void Run(int from, int to)
    {
        int drawBlocks = (to - from + sizes.Draws - 1) / sizes.Draws;
        if (threads > 1 && drawBlocks > 1 && (_rowBlocks == 1 || _rowBlocks <= MostBlocksKept && drawBlocks >= 2 * threads))
            SpreadDraws(from, to, drawBlocks);
        else
            for (int first = from; first < to; first += sizes.Draws)
                PassDraws(first, Math.Min(sizes.Draws, to - first));
    }

    // Threads take blocks of draws, whose weights each draws for itself; their outputs are summed up here, draw after draw.
    private void SpreadDraws(int from, int to, int blocks)
    {
        PassWorkers.Run(threads, blocks, Make, Take, cancellationToken);

        int First(int block) => from + block * sizes.Draws;
        int Count(int block) => Math.Min(sizes.Draws, to - First(block));

        Tensor[] Make(int block)
        {
            using var part = Part(First(block), Count(block));
            return [.. RowBlocks.Select(rows => Pass(part, rows))];
        }

        void Take(int block, Tensor[] outputs)
        {
            foreach (int rows in RowBlocks)
            {
                SumUp(outputs[rows], First(block), rows);
                Report(First(block), Count(block), rows);
            }
            moments.Count(Count(block));
        }
    }

    // A block of draws on this thread, or with their weights drawn here and the inputs spread over threads, which sum up their own.
    private void PassDraws(int first, int count)
    {
        using var part = Part(first, count);
        bool isSpread = threads > 1 && _rowBlocks > 1;
        // The very first block makes room for the sums of all.
        int here = !isSpread ? _rowBlocks : moments.Samples == 0 ? 1 : 0;
        if (isSpread)
            DrawAll(part);
        foreach (int rows in RowBlocks.Take(here))
        {
            cancellationToken.ThrowIfCancellationRequested();
            PassAndSumUp(rows);
            Report(first, count, rows);
        }
        if (isSpread)
            PassWorkers.Run(
                threads, _rowBlocks - here, block => { PassAndSumUp(here + block); return []; }, (block, _) => Report(first, count, here + block), cancellationToken);
        moments.Count(count);

        void PassAndSumUp(int rows)
        {
            using var scope = NewDisposeScope();
            SumUp(Pass(part, rows), first, rows);
        }
    }

    private PosteriorDraws Part(int first, int count) => draws.Part(first, count, keepsWeights: _rowBlocks > 1 || !usesWeightsOnce);

    private void DrawAll(PosteriorDraws part)
    {
        TorchThreads.Use(threads);
        foreach (var posterior in model.Posteriors())
            part.Weights(posterior);
        TorchThreads.Use(1);
    }

    private IEnumerable<int> RowBlocks => Enumerable.Range(0, _rowBlocks);

    private long Row(int block) => block * sizes.Rows;

    private Tensor Pass(PosteriorDraws part, int rows)
    {
        using var scope = NewDisposeScope();
        var own = input.narrow(0, Row(rows), Math.Min(sizes.Rows, _rows - Row(rows)));
        // A copy: a first child that works in place would change what later draws see.
        return (dense is null ? model.Sample(own.clone(), part) : dense.Sample(own, part)).MoveToOuterDisposeScope();
    }

    private void SumUp(Tensor outputs, int firstDraw, int rows)
    {
        moments.Add(outputs, Row(rows));
        samples?.Add(outputs, firstDraw, Row(rows));
    }

    private void Report(int firstDraw, int count, int rows)
    {
        using var scope = NewDisposeScope();
        progress?.Report(new PredictiveProgress(firstDraw * _rows + Math.Min(Row(rows + 1), _rows) * count, draws.Samples * _rows));
    }
}
