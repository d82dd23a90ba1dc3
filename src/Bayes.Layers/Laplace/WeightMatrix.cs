using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>
/// A parameter of a layer as a matrix <c>[Rows, Columns]</c> whose gradient, of one example, is a sum over places of products of two vectors: one
/// for the rows and one for the columns. A bias that meets an input of 1 is the last column.
/// </summary>
/// <param name="path">The path of the layer.</param>
/// <param name="weight">The parameter; the rows are its axis 0, and the columns all other axes.</param>
/// <param name="bias">The bias that is the last column, with a number for each row; null if there is none.</param>
internal sealed class WeightMatrix(string path, NetworkParameter weight, NetworkParameter? bias = null)
{
    /// <summary>Gets the path of the layer.</summary>
    public string Path => path;

    /// <summary>Gets the weight.</summary>
    public NetworkParameter Weight => weight;

    /// <summary>Gets the bias, or null.</summary>
    public NetworkParameter? Bias => bias;

    /// <summary>Gets whether the rows belong to the input and the columns to the output, as in an embedding; false by default. It has no bias
    /// then.</summary>
    public bool IsTransposed { get; init; }

    /// <summary>
    /// Gets whether a place meets one row alone, as a word does in an embedding: its inputs are the numbers of rows, of which a pass keeps those that
    /// it
    /// meets; false by default.
    /// </summary>
    public bool IsIndexed { get; init; }

    /// <summary>Gets the row that is a constant, as that of an embedding's <c>padding_idx</c> is; null if there is none.</summary>
    public long? FixedRow { get; init; }

    /// <summary>Gets the number of rows: outputs of the layer, if the matrix is not transposed.</summary>
    public long Rows { get; } = weight.Value.shape[0];

    /// <summary>Gets the number of columns of the weight alone.</summary>
    public long WeightColumns { get; } = weight.Value.numel() / weight.Value.shape[0];

    /// <summary>Gets the number of columns, with that of the bias.</summary>
    public long Columns => WeightColumns + (bias is null ? 0 : 1);

    /// <summary>Gets the number of weights.</summary>
    public long Count => Rows * Columns;

    /// <summary>Returns the parameters: the weight and, if there is one, the bias.</summary>
    public IEnumerable<NetworkParameter> Parameters => bias is null ? [weight] : [weight, bias];

    /// <summary>Returns the squared length of the weights, in double precision.</summary>
    public double SquaredNorm()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Parameters.Sum(each =>
        {
            var flat = each.Value.detach().flatten();
            var wide = flat.to(flat.dtype.ForSums());
            return wide.dot(wide).ReadDouble();
        });
    }

    /// <summary>Returns numbers <c>[…, Rows, Columns]</c> in the order of the parameters: those of the weight, and then those of the bias.</summary>
    /// <returns><c>[…, Count]</c>.</returns>
    public Tensor Flatten(Tensor values)
    {
        if (bias is null)
            return values.flatten(-2);
        using var scope = NewDisposeScope();
        return cat([values.narrow(-1, 0, WeightColumns).flatten(-2), values.select(-1, WeightColumns)], -1).MoveToOuterDisposeScope();
    }
}
