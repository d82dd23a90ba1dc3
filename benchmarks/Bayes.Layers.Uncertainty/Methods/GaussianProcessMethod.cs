using Bayes.Layers.Uncertainty.GaussianProcesses;
using static TorchSharp.torch;

namespace Bayes.Layers.Uncertainty.Methods;

/// <summary>A Gaussian process with a length scale for each column.</summary>
internal sealed class GaussianProcessMethod : UncertaintyMethod
{
    // More rows see each other through inducing points.
    private const int MostExactRows = 1500;

    // The first search, from several starts, is on a sample of the rows.
    private const int SampledRows = 500;
    private const int InducingPoints = 500;
    private const int SearchSteps = 40, ExactSteps = 40, SparseSteps = 60;

    public override string Name => "gaussian-process";

    public override string Description =>
        "A squared exponential or Matérn-5/2 kernel, whichever has more marginal likelihood on 500 training rows, with a length scale for each "
        + "column and constant noise, found by the marginal likelihood of all training rows; above 1,500 rows a sparse process by Titsias' bound, "
        + "whose 500 inducing points start at training rows and are optimised. "
        + "Training rows that are equal in every column and the target count once.";

    public override PredictedTargets Predict(SplitRows rows, long seed, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var split = StandardizedSplit.Of(rows).WithoutRepeatedRows();
        int testRows = rows.Test.GetLength(0);
        if (split.Columns == 0)
            return split.InOwnUnit(new double[testRows], Enumerable.Repeat(1.0, testRows));
        Tensor inputs = tensor(split.Train), targets = tensor(split.Targets).unsqueeze(1), test = tensor(split.Test);
        var order = tensor(NumpyPermutation.Of(split.Rows, (uint)(seed & uint.MaxValue))[..Math.Min(split.Rows, SampledRows)], int64);
        Tensor someInputs = inputs.index_select(0, order), someTargets = targets.index_select(0, order);
        var (kernel, start) = Kernel.All.Select(kernel => (Kernel: kernel, Best: Start(kernel, someInputs, someTargets, cancellationToken)))
            .MaxBy(each => each.Best.Value) is var best ? (best.Kernel, best.Best.Parameters) : default;

        var (process, parameters) = split.Rows <= MostExactRows
            ? Exact(kernel, start, inputs, targets, cancellationToken)
            : Sparse(kernel, start, inputs, targets, cancellationToken);
        // A covariance matrix that was just positive definite in the search is so with more noise.
        for (int trial = 0; ; trial++)
        {
            if (process.Predict(parameters, test) is var (mean, variance))
                return split.InOwnUnit(mean, variance.Select(Math.Sqrt));
            if (trial == 10)
                throw new InvalidOperationException("The Gaussian process has no positive definite covariance matrix, even with more noise.");
            parameters[split.Columns + 1] += Math.Log(10);
        }
    }

    /// <summary>Returns the best parameters on a sample of the rows from several starts.</summary>
    private static (double[] Parameters, double Value) Start(Kernel kernel, Tensor inputs, Tensor targets, CancellationToken cancellationToken)
    {
        int columns = (int)inputs.shape[1];
        var process = new ExactGaussianProcess(inputs, targets, kernel);
        double length = Math.Sqrt(columns);
        // Smooth with noise, rough with little noise, and nearly linear.
        double[][] starts =
        [
            KernelParameters.Of(columns, length, 1, 0.1), KernelParameters.Of(columns, 0.4 * length, 1, 0.01),
            KernelParameters.Of(columns, 4 * length, 10, 0.3),
        ];
        return starts.Select(start => QuasiNewton.Maximize(process.Evaluate, start, SearchSteps, cancellationToken))
            .Select((found, index) => found ?? (starts[index], double.NegativeInfinity)).MaxBy(found => found.Item2);
    }

    private static (GaussianProcess, double[]) Exact(
        Kernel kernel, double[] start, Tensor inputs, Tensor targets, CancellationToken cancellationToken)
    {
        var process = new ExactGaussianProcess(inputs, targets, kernel);
        return (process, QuasiNewton.Maximize(process.Evaluate, start, ExactSteps, cancellationToken)?.Parameters ?? start);
    }

    private static (GaussianProcess, double[]) Sparse(
        Kernel kernel, double[] start, Tensor inputs, Tensor targets, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var lengths = tensor(new KernelParameters(start, (int)inputs.shape[1]).Lengths);
        long[] chosen = InducingRows.Choose(inputs.div(lengths), kernel, InducingPoints);
        var process = new SparseGaussianProcess(inputs, targets, chosen.Length, kernel);
        double[] parameters = [.. start, .. Numbers.Of(inputs.index_select(0, tensor(chosen)))];
        return (process, QuasiNewton.Maximize(process.Evaluate, parameters, SparseSteps, cancellationToken)?.Parameters ?? parameters);
    }
}
