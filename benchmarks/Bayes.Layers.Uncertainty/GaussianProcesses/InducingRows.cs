using TorchSharp;
using static Bayes.Layers.Uncertainty.GaussianProcesses.Algebra;
using static TorchSharp.torch;

namespace Bayes.Layers.Uncertainty.GaussianProcesses;

/// <summary>
/// Chooses inducing points among training rows: each is the row whose value the points before it say least about (Burt, Rasmussen &amp; van der Wilk
/// 2020, "Convergence of Sparse Variational Inference in Gaussian Processes Regression", §6.1).
/// </summary>
internal static class InducingRows
{
    /// <summary>Returns indices of rows; fewer than asked for if the rest of the rows follow from them.</summary>
    /// <param name="inputs"><c>[rows, columns]</c>, each column divided by its length scale.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="count">Number of points.</param>
    public static long[] Choose(Tensor inputs, Kernel kernel, int count)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var chosen = new List<long>();
        var left = ones(inputs.shape[0], float64);
        // Rows of the pivoted Cholesky decomposition of the covariance matrix.
        var parts = zeros([count, inputs.shape[0]], float64);
        while (chosen.Count < count)
        {
            using var step = NewDisposeScope();
            long next = left.argmax().data<long>()[0];
            double variance = left[next].data<double>()[0];
            if (variance < 1e-9)
                break;
            using Scalar inverse = 1 / Math.Sqrt(variance);
            var row = kernel.Evaluate(SquaredDistances(inputs.narrow(0, next, 1), inputs)).Value.squeeze(0);
            if (chosen.Count > 0)
            {
                var before = parts.narrow(0, 0, chosen.Count);
                row = row.add(before.t().mv(before.select(1, next)), MinusOne);
            }
            row = row.mul(inverse);
            parts.select(0, chosen.Count).copy_(row);
            left.add_(row.mul(row), MinusOne).clamp_min_(Zero);
            chosen.Add(next);
        }
        return [.. chosen];
    }
}
