using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>The whole generalized Gauss–Newton matrix, in double precision: the square of the number of weights.</summary>
internal sealed class FullCurvature : Curvature
{
    private readonly Tensor _total;
    private (Tensor Values, Tensor Vectors)? _eigen;

    /// <summary>Creates a curvature of 0.</summary>
    public FullCurvature(IReadOnlyList<WeightMatrix> matrices, CurvatureSettings settings) : base(matrices, settings)
    {
        long count = matrices.Sum(each => each.Count);
        using var scope = NewDisposeScope();
        _total = zeros(count, count, ScalarType.Float64, matrices[0].Weight.Value.device).Owned();
    }

    /// <summary>Returns the bytes that the curvature of some matrices takes: the matrix, its decomposition and a root of its inverse.</summary>
    public static double BytesOf(IEnumerable<WeightMatrix> matrices)
    {
        double count = matrices.Sum(each => (double)each.Count);
        return 3 * sizeof(double) * count * count;
    }

    /// <summary>Gets 1: all weights depend on each other.</summary>
    public override int PartCount => 1;

    /// <inheritdoc/>
    public override void Complete(long rows)
    {
    }

    /// <inheritdoc/>
    public override Tensor Diagonal(int matrix)
    {
        using var scope = NewDisposeScope();
        long first = Matrices.Take(matrix).Sum(each => each.Count);
        return _total.diagonal().narrow(0, first, Matrices[matrix].Count).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor LogDeterminant(int part, Tensor scale, Tensor precisions, bool isOne)
    {
        using var scope = NewDisposeScope();
        if (isOne)
            return Eigen().Values.mul(scale).add(precisions[0], Scalars.One).log().sum().MoveToOuterDisposeScope();
        var whole = _total.mul(scale).add(OfWeights(precisions).diag(), Scalars.One);
        return linalg.cholesky(whole).diagonal().log().sum().mul(Scalars.Two).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override WeightCovariance Covariance(double scale, IReadOnlyList<double> precisions)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Scalar factor = scale;
        if (precisions.Distinct().Count() == 1)
        {
            using Scalar precision = precisions[0];
            var (values, vectors) = Eigen();
            return new FullCovariance(Matrices, vectors.mul(values.mul(factor).add(precision, Scalars.One).rsqrt()).Owned());
        }
        // D^½ (s D^-½ H D^-½ + I) D^½ with the diagonal D of precisions.
        var root = OfWeights(tensor(precisions.ToArray(), ScalarType.Float64, _total.device)).rsqrt();
        var (scaled, directions) = linalg.eigh(_total.mul(factor).mul(root.unsqueeze(0)).mul(root.unsqueeze(1)));
        var inverse = scaled.clamp_min(Scalars.Zero).add(Scalars.One, Scalars.One).rsqrt();
        return new FullCovariance(Matrices, directions.mul(inverse).mul(root.unsqueeze(1)).Owned());
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _total.Dispose();
        _eigen?.Values.Dispose();
        _eigen?.Vectors.Dispose();
    }

    /// <inheritdoc/>
    protected override void AddColumn(CapturedPass pass, Tensor[] gradients)
    {
        long most = Settings.RowsOf(_total.shape[0] * sizeof(double));
        for (long first = 0; first < pass.Rows; first += most)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(most, pass.Rows - first);
            var each = cat([.. gradients.Select((gradient, i) =>
            {
                var (rows, columns) = Factors(pass, i, gradient);
                return OfAllWeights(pass, i, (rows.narrow(0, first, count), columns.narrow(0, first, count)));
            })], 1).to(ScalarType.Float64);
            _total.add_(each.t().mm(each), Scalars.One);
        }
    }

    private Tensor OfWeights(Tensor precisions) => cat([.. Matrices.Select((matrix, i) => precisions[i].expand(matrix.Count))]);

    private (Tensor Values, Tensor Vectors) Eigen()
    {
        if (_eigen is { } known)
            return known;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (values, vectors) = linalg.eigh(_total);
        // Rounding makes zeros negative.
        var found = (values.clamp_min(Scalars.Zero).Owned(), vectors.contiguous().Owned());
        _eigen = found;
        return found;
    }
}
