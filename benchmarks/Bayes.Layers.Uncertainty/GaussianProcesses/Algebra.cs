using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Uncertainty.GaussianProcesses;

/// <summary>What the Gaussian processes do with matrices in double precision.</summary>
internal static class Algebra
{
    // Kept: a temporary made of a number could be freed while it is read (docs/decisions/0007-scalars-and-the-collector.md).
    public static readonly Scalar One = 1.0, Two = 2.0, MinusOne = -1.0, MinusTwo = -2.0, Zero = 0.0, OneHalf = 0.5, MinusHalf = -0.5;

    // Tried in turn, relative to the mean of the diagonal.
    private static readonly double[] Jitters = [0, 1e-10, 1e-8, 1e-6];

    /// <summary>Returns the squared distances between the rows of two matrices, <c>[rows of a, rows of b]</c>.</summary>
    public static Tensor SquaredDistances(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var squares = a.mul(a).sum([1L], keepdim: true).add(b.mul(b).sum([1L]).unsqueeze(0), One);
        return squares.add_(a.mm(b.t()), MinusTwo).clamp_min_(Zero).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the lower triangular root of a symmetric matrix, or null if it has none even with a slightly larger diagonal.</summary>
    public static Tensor? Root(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        double diagonal = Number(matrix.diagonal().mean());
        if (!double.IsFinite(diagonal))
            return null;
        foreach (double jitter in Jitters)
        {
            using Scalar added = jitter * diagonal;
            var (root, info) = linalg.cholesky_ex(jitter == 0 ? matrix : matrix.add(Identity(matrix.shape[0]), added), check_errors: false);
            if (info.data<int>()[0] == 0 && double.IsFinite(Number(root.diagonal().log().sum())))
                return root.MoveToOuterDisposeScope();
        }
        return null;
    }

    /// <summary>Returns the identity matrix.</summary>
    public static Tensor Identity(long size) => eye(size, dtype: float64);

    /// <summary>Returns the solution of L x = b, or of Lᵀ x = b, for a lower triangular L.</summary>
    public static Tensor Solve(Tensor root, Tensor right, bool isTransposed = false) => isTransposed
        ? linalg.solve_triangular(root.t(), right, upper: true)
        : linalg.solve_triangular(root, right, upper: false);

    /// <summary>Returns the only element.</summary>
    public static double Number(Tensor scalar) => scalar.data<double>()[0];

    /// <summary>Returns half the log determinant of L Lᵀ.</summary>
    public static double LogRootDeterminant(Tensor root) => Number(root.diagonal().log().sum());
}
