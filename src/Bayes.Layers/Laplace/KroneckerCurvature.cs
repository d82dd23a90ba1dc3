using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>
/// A Kronecker product for each matrix, (Σ g gᵀ) ⊗ (Σ a aᵀ) / (N T), and nothing between matrices (Martens &amp; Grosse 2015; Ritter et al. 2018).
/// With several places each one counts as a row (KFAC-expand: Eschenhagen et al. 2023, "Kronecker-Factored Approximate Curvature for Modern Neural
/// Network Architectures", §3).
/// </summary>
internal sealed class KroneckerCurvature : Curvature
{
    // Of an indexed matrix the factor of the rows is diagonal, [Rows], since a place meets one row alone.
    private readonly Tensor[] _ofRows, _ofColumns;
    private readonly long[] _places;
    private (Tensor Values, Tensor? Vectors)[] _rows = [], _columns = [];

    /// <summary>Creates a curvature of 0.</summary>
    public KroneckerCurvature(IReadOnlyList<WeightMatrix> matrices, CurvatureSettings settings) : base(matrices, settings)
    {
        using var scope = NewDisposeScope();
        _places = new long[matrices.Count];
        _ofRows = [.. matrices.Select(each =>
            zeros(each.IsIndexed ? [each.Rows] : [each.Rows, each.Rows], ScalarType.Float64, each.Weight.Value.device).Owned())];
        _ofColumns = [.. matrices.Select(each => zeros(each.Columns, each.Columns, ScalarType.Float64, each.Weight.Value.device).Owned())];
    }

    /// <summary>Returns the bytes that the curvature of some matrices takes.</summary>
    public static double BytesOf(IEnumerable<WeightMatrix> matrices) =>
        matrices.Sum(each => 2.0 * sizeof(double) * (each.Rows * (each.IsIndexed ? 1.0 : each.Rows) + (double)each.Columns * each.Columns));

    /// <inheritdoc/>
    public override void Complete(long rows)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        for (int i = 0; i < _ofRows.Length; i++)
        {
            using Scalar share = 1.0 / _places[i];
            _ofRows[i].mul_(share);
        }
        (_rows, _columns) = ([.. _ofRows.Select(Decompose)], [.. _ofColumns.Select(Decompose)]);
    }

    /// <inheritdoc/>
    public override Tensor Diagonal(int matrix)
    {
        using var scope = NewDisposeScope();
        var rows = _ofRows[matrix].ndim == 1 ? _ofRows[matrix] : _ofRows[matrix].diagonal();
        return rows.outer(_ofColumns[matrix].diagonal()).flatten().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor LogDeterminant(int part, Tensor scale, Tensor precisions, bool isOne)
    {
        using var scope = NewDisposeScope();
        return Eigenvalues(part).mul(scale).add(precisions[part], Scalars.One).log().sum().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override WeightCovariance Covariance(double scale, IReadOnlyList<double> precisions)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Scalar factor = scale;
        return new FactoredCovariance(
            Matrices,
            [.. Matrices.Select((matrix, i) =>
            {
                using Scalar precision = precisions[i];
                var type = matrix.Weight.Value.dtype.AtLeastSingle();
                var variances = Eigenvalues(i).mul_(factor).add_(precision, Scalars.One).reciprocal_().to(type);
                return new RotatedVariances(variances, _rows[i].Vectors?.to(type), _columns[i].Vectors?.to(type)).Owned();
            })],
            Settings);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var tensor in _ofRows.Concat(_ofColumns))
            tensor.Dispose();
        foreach (var (values, vectors) in _rows.Concat(_columns))
        {
            values.Dispose();
            vectors?.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override void AddInputs(CapturedPass pass)
    {
        for (int i = 0; i < Matrices.Count; i++)
        {
            var inputs = pass.InputsOf(i);
            _places[i] += pass.Rows * inputs.shape[1];
            if (Matrices[i].IsIndexed)
            {
                // How often each row is met.
                using var scope = NewDisposeScope();
                AddToRows(_ofRows[i], pass, i, inputs.sum([0L, 1L]).to(ScalarType.Float64));
            }
            else
                AddProducts(Matrices[i].IsTransposed ? _ofRows[i] : _ofColumns[i], inputs);
        }
    }

    /// <summary>Adds Σ diag(d) − V Vᵀ.</summary>
    /// <inheritdoc/>
    protected override bool AddIdentity(CapturedPass pass, OutputCurvature curvature)
    {
        if (Matrices[0].IsTransposed)
            return false;
        _ofRows[0].add_(curvature.Diagonal.sum([0L]).to(ScalarType.Float64).diag(), Scalars.One);
        if (curvature.Columns is { } columns)
        {
            var flat = columns.transpose(1, 2).flatten(0, 1);
            _ofRows[0].add_(flat.t().mm(flat).to(ScalarType.Float64), Scalars.MinusOne);
        }
        return true;
    }

    /// <inheritdoc/>
    protected override void AddColumn(CapturedPass pass, Tensor[] gradients)
    {
        for (int i = 0; i < gradients.Length; i++)
            AddProducts(Matrices[i].IsTransposed ? _ofColumns[i] : _ofRows[i], gradients[i]);
    }

    private static void AddProducts(Tensor total, Tensor places)
    {
        using var scope = NewDisposeScope();
        var flat = places.flatten(0, 1);
        total.add_(flat.t().mm(flat).to(ScalarType.Float64), Scalars.One);
    }

    private Tensor Eigenvalues(int matrix) => _rows[matrix].Values.outer(_columns[matrix].Values);

    private static (Tensor, Tensor?) Decompose(Tensor matrix)
    {
        if (matrix.ndim == 1)
            return (matrix.clone().Owned(), null);
        Tensor values, vectors;
        try
        {
            (values, vectors) = linalg.eigh(matrix);
        }
        catch (System.Runtime.InteropServices.ExternalException)
        {
            // The fit refuses a curvature that is not finite.
            (values, vectors) = (full(matrix.shape[0], Scalars.NaN, ScalarType.Float64), zeros_like(matrix));
        }
        // Rounding makes zeros negative.
        return (values.clamp_min(Scalars.Zero).Owned(), vectors.contiguous().Owned());
    }
}
