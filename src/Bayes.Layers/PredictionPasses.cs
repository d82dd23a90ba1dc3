using Bayes.Layers.Estimators;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>The passes of one prediction, in blocks of draws and within them of inputs, on one thread or on several.</summary>
internal sealed class PredictionPasses
{
    public required BayesianModule Model { get; init; }
    public required Tensor Input { get; init; }
    public required PosteriorDraws Draws { get; init; }
    public required PredictiveMoments Moments { get; init; }
    public KeptSamples? Samples { get; init; }
    public required PassSizes Sizes { get; init; }
    public required int Threads { get; init; }
    public required bool IsKnown { get; init; }
    public IProgress<PredictiveProgress>? Progress { get; init; }
    public CancellationToken CancellationToken { get; init; }

    private long Rows => Input.shape[0];
    private bool OnePass => Sizes.Rows >= Rows;

    public void Run(int from, int to)
    {
        int draws = (to - from + Sizes.Draws - 1) / Sizes.Draws;
        long rows = (Rows + Sizes.Rows - 1) / Sizes.Rows;
        if (Threads == 1 || draws * rows == 1)
            OnThisThread(from, to);
        else if (draws >= 16 || rows < 2 * Threads)
            OverDraws(from, to, draws);
        else
            for (int d = from; d < to; d += Sizes.Draws)
                OverRows(d, Math.Min(Sizes.Draws, to - d), (int)rows);
    }

    private void OnThisThread(int from, int to)
    {
        for (int done = from; done < to; done += Sizes.Draws)
        {
            int count = Math.Min(Sizes.Draws, to - done);
            using var part = Draws.Part(done, count, keepsWeights: !(OnePass && IsKnown));
            for (long row = 0; row < Rows; row += Sizes.Rows)
            {
                CancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                Take(Pass(part, row), done, row);
                Report(done, row, count);
            }
            Moments.Count(count);
        }
    }

    private void OverDraws(int from, int to, int blocks)
    {
        PassWorkers.Run(Threads, blocks, Make, Take, CancellationToken);

        int First(int block) => from + block * Sizes.Draws;
        int Count(int block) => Math.Min(Sizes.Draws, to - First(block));

        Tensor[] Make(int block)
        {
            using var part = Draws.Part(First(block), Count(block), keepsWeights: !OnePass);
            var outputs = new List<Tensor>();
            for (long row = 0; row < Rows; row += Sizes.Rows)
                outputs.Add(Pass(part, row));
            return [.. outputs];
        }

        void Take(int block, Tensor[] outputs)
        {
            long row = 0;
            foreach (var output in outputs)
            {
                this.Take(output, First(block), row);
                Report(First(block), row, Count(block));
                row += Sizes.Rows;
            }
            Moments.Count(Count(block));
        }
    }

    private void OverRows(int done, int count, int blocks)
    {
        using var part = Draws.Part(done, count, keepsWeights: true);
        foreach (var posterior in Posteriors(Model))
            part.Weights(posterior);
        using (NewDisposeScope())
            Take(Pass(part, 0), done, 0);
        Report(done, 0, count);
        PassWorkers.Run(Threads, blocks - 1, block =>
        {
            long row = (block + 1) * Sizes.Rows;
            Take(Pass(part, row), done, row);
            return [];
        }, (block, _) => Report(done, (block + 1) * Sizes.Rows, count), CancellationToken);
        Moments.Count(count);
    }

    // A copy: a first child that works in place would change what later draws see.
    private Tensor Pass(PosteriorDraws draws, long row)
    {
        using var scope = NewDisposeScope();
        return Model.Sample(Input.narrow(0, row, Math.Min(Sizes.Rows, Rows - row)).clone(), draws).MoveToOuterDisposeScope();
    }

    private void Take(Tensor outputs, int done, long row)
    {
        Moments.Add(outputs, row);
        Samples?.Add(outputs, done, row);
    }

    private void Report(int done, long row, int count) =>
        Progress?.Report(new PredictiveProgress(done * Rows + Math.Min(row + Sizes.Rows, Rows) * count, Draws.Samples * Rows));

    public static IEnumerable<MeanFieldNormal> Posteriors(BayesianModule model)
    {
        foreach (var layer in model.BayesianModules().OfType<BayesianLayer>())
        {
            yield return layer.WeightPosterior;
            if (layer.BiasPosterior is { } bias)
                yield return bias;
        }
    }
}
