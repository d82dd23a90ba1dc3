using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>
/// Independent variances for each matrix, after a rotation by the eigenvectors of a Kronecker product or without one for a diagonal. With one place
/// the variance of an output is Σ_ij (Uᵀ g)_i² (Wᵀ a)_j² v_ij, so that no Jacobian is computed.
/// </summary>
internal sealed class FactoredCovariance(IReadOnlyList<WeightMatrix> matrices, RotatedVariances[] parts, CurvatureSettings settings)
    : WeightCovariance(matrices)
{
    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var part in parts)
            part.Dispose();
    }

    /// <inheritdoc/>
    protected override (PosteriorFamily Family, IReadOnlyList<Tensor> Values) PosteriorOf(int matrix, bool isBias)
    {
        var owner = Matrices[matrix];
        var part = parts[matrix];
        if (part.ColumnVectors is not { } columns)
        {
            var own = isBias ? part.Variances.select(1, owner.WeightColumns)
                : part.Variances.narrow(1, 0, owner.WeightColumns).reshape(owner.Weight.Value.shape);
            return (PosteriorFamily.MeanField, [own.log()]);
        }
        var ofColumns = isBias ? columns.narrow(0, owner.WeightColumns, 1) : columns.narrow(0, 0, owner.WeightColumns);
        // Weight and bias are parts of one matrix, and a layer may have several.
        string? shared = owner.Bias is null ? null : owner.Weight.Name;
        return part.RowVectors is { } rows ? (new KroneckerFamily(owner.Columns, shared), [part.Variances.log(), rows, ofColumns])
            : (new KroneckerFamily(owner.Columns, shared, independentRows: true), [part.Variances.log(), ofColumns]);
    }

    /// <inheritdoc/>
    protected override Tensor? OfLastLayer(CapturedPass pass)
    {
        if (!pass.EndsInLayer || Matrices[0].IsTransposed)
            return null;
        var part = parts[0];
        // Each place is an output of its own.
        return pass.AsOutputs(part.VariancesOfRows(AlongColumns(part, pass.InputsOf(0))));
    }

    /// <inheritdoc/>
    protected override Tensor? JointOfLastLayer(CapturedPass pass)
    {
        if (!pass.EndsInLayer || pass.InputsOf(0).shape[1] > 1 || Matrices[0].IsTransposed)
            return null;
        var part = parts[0];
        var variances = AlongColumns(part, pass.InputsOf(0)).squeeze(1);
        if (part.RowVectors is not { } vectors)
            return diag_embed(variances);
        var left = vectors.unsqueeze(0).mul(variances.unsqueeze(1));
        return left.flatten(0, 1).mm(vectors.t()).reshape(left.shape);
    }

    /// <inheritdoc/>
    protected override Tensor VarianceAlong(CapturedPass pass, Tensor[] gradients)
    {
        Tensor? sum = null;
        for (int i = 0; i < gradients.Length; i++)
        {
            var (rows, columns) = Factors(pass, i, gradients[i]);
            Tensor own;
            if (rows.shape[1] == 1)
                own = rows.mul(rows).squeeze(1).mul(columns.mul(columns).squeeze(1).mm(VariancesOf(pass, i).t())).sum([1L]);
            else
            {
                var blocks = new List<Tensor>();
                var variances = VariancesOf(pass, i);
                foreach (var (first, count) in RowBlocks(pass, i))
                {
                    using var block = NewDisposeScope();
                    var each = rows.narrow(0, first, count).transpose(1, 2).contiguous().bmm(columns.narrow(0, first, count));
                    blocks.Add(each.mul_(each).mul_(variances).flatten(1).sum([1L]).MoveToOuterDisposeScope());
                }
                own = cat(blocks, 0);
            }
            sum = sum is null ? own : sum.add(own, Scalars.One);
        }
        return sum!;
    }

    /// <inheritdoc/>
    protected override Tensor JointOf(CapturedPass pass, Tensor[] gradients)
    {
        Tensor? sum = null;
        for (int i = 0; i < gradients.Length; i++)
        {
            using var scope = NewDisposeScope();
            var own = pass.InputsOf(i).shape[1] == 1 ? JointOfPlace(pass, i, gradients[i]) : JointOfPlaces(pass, i, gradients[i]);
            sum = (sum is null ? own : sum.add(own, Scalars.One)).MoveToOuterDisposeScope();
        }
        return sum!;
    }

    private Tensor JointOfPlace(CapturedPass pass, int matrix, Tensor gradients)
    {
        var part = parts[matrix];
        var inputs = pass.InputsOf(matrix).squeeze(1);
        var directions = gradients.squeeze(2);
        bool isTransposed = Matrices[matrix].IsTransposed;
        var rotated = isTransposed ? part.InColumns(directions) : part.InRows(directions);
        var ofInputs = isTransposed ? part.InRows(inputs) : part.InColumns(inputs);
        var weights = ofInputs.mul(ofInputs).mm(isTransposed ? VariancesOf(pass, matrix) : part.Variances.t());
        return rotated.mul(weights.unsqueeze(1)).bmm(rotated.transpose(1, 2));
    }

    private Tensor JointOfPlaces(CapturedPass pass, int matrix, Tensor gradients)
    {
        var part = parts[matrix];
        bool isTransposed = Matrices[matrix].IsTransposed;
        var rotated = isTransposed ? part.InColumns(gradients) : part.InRows(gradients);
        var inputs = pass.InputsOf(matrix);
        var ofInputs = isTransposed ? part.InRows(inputs) : part.InColumns(inputs);
        var stddevs = (isTransposed ? VariancesOf(pass, matrix).t() : part.Variances).sqrt();
        long outputs = rotated.shape[3], width = ofInputs.shape[2], directions = rotated.shape[1], places = rotated.shape[2];
        var results = new List<Tensor>();
        for (long row = 0; row < pass.Rows; row++)
        {
            using var scope = NewDisposeScope();
            Tensor? sum = null;
            // In slices of the outputs, so that the Jacobian of a row is never stored as a whole.
            long most = Math.Min(outputs, settings.RowsOf((double)directions * width * rotated.element_size()));
            for (long first = 0; first < outputs; first += most)
            {
                using var block = NewDisposeScope();
                long count = Math.Min(most, outputs - first);
                var left = rotated[row].narrow(2, first, count).transpose(1, 2).reshape(directions * count, places);
                var jacobian = left.mm(ofInputs[row]).reshape(directions, count, width).mul(stddevs.narrow(0, first, count)).flatten(1);
                var own = jacobian.mm(jacobian.t());
                sum = (sum is null ? own : sum.add(own, Scalars.One)).MoveToOuterDisposeScope();
            }
            results.Add(sum!.MoveToOuterDisposeScope());
        }
        return stack(results, 0);
    }

    private Tensor AlongColumns(RotatedVariances part, Tensor inputs)
    {
        using var scope = NewDisposeScope();
        var rotated = part.InColumns(inputs);
        var squares = rotated.mul(rotated);
        return squares.flatten(0, 1).mm(part.Variances.t()).reshape([.. squares.shape[..^1], part.Variances.shape[0]]).MoveToOuterDisposeScope();
    }

    private (Tensor Rows, Tensor Columns) Factors(CapturedPass pass, int matrix, Tensor gradient)
    {
        var part = parts[matrix];
        var inputs = pass.InputsOf(matrix);
        return Matrices[matrix].IsTransposed
            ? (part.InRows(inputs), part.InColumns(gradient)) : (part.InRows(gradient), part.InColumns(inputs));
    }

    // Those of the rows that the pass meets.
    private Tensor VariancesOf(CapturedPass pass, int matrix) => pass.RowsOf(matrix) is { } met
        ? parts[matrix].Variances.index_select(0, met) : parts[matrix].Variances;

    private IEnumerable<(long First, long Count)> RowBlocks(CapturedPass pass, int matrix)
    {
        long most = settings.RowsOf((double)Matrices[matrix].Count * parts[matrix].Variances.element_size());
        for (long first = 0; first < pass.Rows; first += most)
            yield return (first, Math.Min(most, pass.Rows - first));
    }
}
