using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>The diagonal of the generalized Gauss–Newton matrix, exactly: a number for each weight.</summary>
internal sealed class DiagonalCurvature : Curvature
{
    private const long WeightsOfPart = 1 << 20;

    private readonly Tensor[] _totals;
    private readonly (int Matrix, long First, long Count)[] _parts;

    /// <summary>Creates a curvature of 0.</summary>
    public DiagonalCurvature(IReadOnlyList<WeightMatrix> matrices, CurvatureSettings settings) : base(matrices, settings)
    {
        using var scope = NewDisposeScope();
        _totals = [.. matrices.Select(each =>
            zeros(each.Rows, each.Columns, each.Weight.Value.dtype.AtLeastSingle(), each.Weight.Value.device).Owned())];
        _parts = [.. matrices.SelectMany((each, i) => Blocks(each).Select(block => (i, block.First, block.Count)))];

        static IEnumerable<(long First, long Count)> Blocks(WeightMatrix matrix)
        {
            long most = Math.Max(1, WeightsOfPart / matrix.Columns);
            for (long first = 0; first < matrix.Rows; first += most)
                yield return (first, Math.Min(most, matrix.Rows - first));
        }
    }

    /// <summary>Gets the number of blocks of rows: what the evidence needs for a gradient is small for each.</summary>
    public override int PartCount => _parts.Length;

    /// <inheritdoc/>
    public override void Complete(long rows)
    {
    }

    /// <inheritdoc/>
    public override Tensor Diagonal(int matrix) => _totals[matrix].flatten();

    /// <inheritdoc/>
    public override Tensor LogDeterminant(int part, Tensor scale, Tensor precisions, bool isOne)
    {
        using var scope = NewDisposeScope();
        var (matrix, first, count) = _parts[part];
        var total = _totals[matrix].narrow(0, first, count);
        return total.mul(scale.to(total.dtype)).add(precisions[matrix].to(total.dtype), Scalars.One).log().sum(ScalarType.Float64)
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override WeightCovariance Covariance(double scale, IReadOnlyList<double> precisions)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Scalar factor = scale;
        return new FactoredCovariance(
            Matrices,
            [.. _totals.Select((total, i) =>
            {
                using Scalar precision = precisions[i];
                return new RotatedVariances(total.mul(factor).add_(precision, Scalars.One).reciprocal_(), null, null).Owned();
            })],
            Settings);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var total in _totals)
            total.Dispose();
    }

    /// <inheritdoc/>
    protected override bool AddIdentity(CapturedPass pass, OutputCurvature curvature)
    {
        if (Matrices[0].IsTransposed)
            return false;
        var inputs = pass.InputsOf(0).flatten(0, 1);
        _totals[0].addmm_(curvature.OfElements().to(inputs.dtype).t(), inputs.mul(inputs));
        return true;
    }

    /// <inheritdoc/>
    protected override void AddColumn(CapturedPass pass, Tensor[] gradients)
    {
        for (int i = 0; i < gradients.Length; i++)
        {
            using var scope = NewDisposeScope();
            var (rows, columns) = Factors(pass, i, gradients[i]);
            if (rows.shape[1] == 1)
            {
                var (left, right) = (rows.squeeze(1), columns.squeeze(1));
                AddToRows(_totals[i], pass, i, left.mul(left).t().mm(right.mul(right)));
                continue;
            }
            long most = Settings.RowsOf(Matrices[i].Count * rows.element_size());
            for (long first = 0; first < pass.Rows; first += most)
            {
                using var block = NewDisposeScope();
                long count = Math.Min(most, pass.Rows - first);
                var each = OfExamples((rows.narrow(0, first, count), columns.narrow(0, first, count)));
                AddToRows(_totals[i], pass, i, each.mul_(each).sum([0L]));
            }
        }
    }
}
