using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>Independent variances of the weights of a matrix after a rotation: W = U E Wᵀ with E of these variances.</summary>
/// <param name="Variances">The variances, <c>[Rows, Columns]</c>.</param>
/// <param name="RowVectors">U, <c>[Rows, Rows]</c>, a direction in each column; null for the identity.</param>
/// <param name="ColumnVectors">The same for the columns, <c>[Columns, Columns]</c>.</param>
internal sealed record RotatedVariances(Tensor Variances, Tensor? RowVectors, Tensor? ColumnVectors) : IDisposable
{
    private Tensor? _squares;

    /// <summary>Returns the variances of rows for those of rotated rows: U² v with squares of each number.</summary>
    /// <param name="rotated"><c>[…, Rows]</c>.</param>
    public Tensor VariancesOfRows(Tensor rotated)
    {
        if (RowVectors is null)
            return rotated.alias();
        using var scope = NewDisposeScope();
        _squares ??= RowVectors.mul(RowVectors).Owned();
        var flat = rotated.reshape(-1, RowVectors.shape[0]);
        // A product of matrices would copy the squares, which takes longer than the product for one row.
        var found = flat.shape[0] == 1 ? _squares.mv(flat.squeeze(0)) : flat.mm(_squares.t());
        return found.reshape(rotated.shape).MoveToOuterDisposeScope();
    }

    /// <summary>Returns values in the rotated rows.</summary>
    /// <param name="values"><c>[…, Rows]</c>.</param>
    public Tensor InRows(Tensor values) => Rotated(values, RowVectors);

    /// <summary>Returns values in the rotated columns.</summary>
    /// <param name="values"><c>[…, Columns]</c>.</param>
    public Tensor InColumns(Tensor values) => Rotated(values, ColumnVectors);

    /// <summary>Removes the tensors from their dispose scope.</summary>
    public RotatedVariances Owned()
    {
        Variances.Owned();
        RowVectors?.Owned();
        ColumnVectors?.Owned();
        return this;
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Variances.Dispose();
        RowVectors?.Dispose();
        ColumnVectors?.Dispose();
        _squares?.Dispose();
    }

    private static Tensor Rotated(Tensor values, Tensor? vectors)
    {
        if (vectors is null)
            return values.to(values.dtype.AtLeastSingle());
        using var scope = NewDisposeScope();
        return values.to(vectors.dtype).reshape(-1, vectors.shape[0]).mm(vectors).reshape(values.shape).MoveToOuterDisposeScope();
    }
}
