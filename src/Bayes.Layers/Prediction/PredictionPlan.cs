using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>How a prediction is computed: its parts, on how many threads, and in what blocks.</summary>
/// <param name="Front">The deterministic front of the model's pass, or null.</param>
/// <param name="Rest">What passes the draws.</param>
/// <param name="Dense">What passes them instead, or null if managed code does not know the rest.</param>
/// <param name="UsesWeightsOnce">Whether a pass uses each weight once, as far as is known: if rows come in one block, it need not be kept.</param>
/// <param name="Threads">How many threads.</param>
/// <param name="DrawingThreads">How many of them may draw weights of their own at a time: as many as the budget has room for.</param>
/// <param name="FrontRowsPerPass">How many rows pass through the front at a time.</param>
/// <param name="RowsKept">For how many rows at a time the front's output is kept while the draws pass.</param>
/// <param name="Sizes">The sizes of the blocks.</param>
/// <param name="KeepsStddevs">Whether sigma is computed once for all blocks of draws; otherwise each block computes it anew, a layer at a
/// time.</param>
internal sealed record PredictionPlan(
    DeterministicFront? Front, Func<Tensor, Pass, Tensor> Rest, DenseNetwork? Dense, bool UsesWeightsOnce, int Threads, int DrawingThreads, long FrontRowsPerPass,
    long RowsKept, PassSizes Sizes, bool KeepsStddevs)
{
    // Sigma takes as much as the weights of a draw: it is kept where it is a small share of the budget.
    private const int ShareOfStddevs = 8;

    // What weights and values take in all, from which on starting threads is little beside it: some milliseconds' work.
    private const double WorthThreads = 16 << 20;

    /// <summary>Makes the plan.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="draws">S, at most.</param>
    /// <param name="budget">What all may take.</param>
    /// <exception cref="ArgumentException">The input does not fit the model.</exception>
    /// <exception cref="InvalidOperationException">A module mixes rows.</exception>
    public static PredictionPlan Of(BayesianModule model, Likelihood likelihood, Tensor input, int draws, MemoryBudget budget)
    {
        long rows = input.shape[0];
        var front = model.SplitFront();
        var dense = front is null && !input.is_sparse ? DenseNetwork.TryOf([model], RowsOfInput.Of(input)) : null;
        var measure = model.Measure;
        // A dense network mixes no rows, and what a row takes there is known.
        if (dense is null && measure?.IsOf(input) != true)
            model.Measure = measure = PassMeasure.Of(model, front, input);
        if (front?.RestSteps is { } steps)
            dense = DenseNetwork.TryOf(steps, new RowsOfInput(rows, measure!.Kept!, measure.KeptType, input.device_type));

        // The noise in single precision becomes the weights, in place or, in another type, beside them.
        long bytesPerWeight = input.dtype == ScalarType.Float32 ? sizeof(float) : sizeof(float) + input.element_size();
        Tensor[] means = [.. model.Posteriors().Select(posterior => posterior.Mean)];
        long weights = means.Sum(mean => mean.numel()), bytesPerDraw = bytesPerWeight * weights, bytesPerRow = measure?.RestBytes ?? 0;
        bool isStateless = StatelessModules.AreAll(model), isOnCpu = IsOnCpu(model, input);
        bool isWorthThreads = dense?.IsWorthThreads(draws, rows) ?? draws * (bytesPerDraw + (double)bytesPerRow * rows) >= WorthThreads;
        int threads = isStateless && IsOurs(likelihood) && isWorthThreads && isOnCpu ? TorchThreads.Usable : 1;
        int drawingThreads = (int)Math.Clamp(budget.Bytes / 2 / Math.Max(bytesPerDraw, 1), 1, threads);

        long bytesOfStddevs = means.Length == 0 ? 0 : weights * means[0].element_size();
        bool keepsStddevs = bytesOfStddevs <= budget.Bytes / ShareOfStddevs;
        if (keepsStddevs)
            budget = budget.Less(bytesOfStddevs);

        long rowsKept = rows, frontRows = rows;
        if (front is not null)
        {
            frontRows = PassSizes.Within(budget, 1, rows, bytesPerDraw: 0, measure!.FrontBytes, threads, isOnCpu).Rows;
            rowsKept = RowsWithin(budget.Bytes / 2, measure.KeptBytes, rows, frontRows);
            budget = budget.Less(rowsKept * measure.KeptBytes);
        }
        var sizes = dense is null
            ? PassSizes.Within(budget, draws, rowsKept, bytesPerDraw, bytesPerRow, threads, isOnCpu)
            : PassSizes.Managed(budget, draws, rowsKept, bytesPerDraw, dense.OutputSize, threads, isWorthThreads);
        // Threads without shares: torch's own are left to the operations.
        if (drawingThreads == 1 && sizes.Rows >= rowsKept)
            threads = 1;
        return new PredictionPlan(
            front, front?.Rest ?? model.PropagateInAnyLayout, dense, isStateless, threads, drawingThreads, frontRows, rowsKept, sizes,
            keepsStddevs && sizes.Draws < draws);
    }

    // Whole passes, where there are several.
    private static long RowsWithin(long bytes, long bytesPerRow, long rows, long rowsPerPass)
    {
        long fitting = Math.Clamp(bytes / Math.Max(bytesPerRow, 1), 1, rows);
        return fitting < rows && fitting > rowsPerPass ? fitting / rowsPerPass * rowsPerPass : fitting;
    }

    // A likelihood of the user's own may keep something of a call.
    private static bool IsOurs(Likelihood likelihood) => likelihood.GetType().Assembly == typeof(PredictionPlan).Assembly;

    private static bool IsOnCpu(BayesianModule model, Tensor input) =>
        input.device_type == DeviceType.CPU && model.parameters().All(parameter => parameter.device_type == DeviceType.CPU);
}
