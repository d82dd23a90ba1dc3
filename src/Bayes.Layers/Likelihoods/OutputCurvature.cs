using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// The curvature of a likelihood in the outputs of each example, Λ = diag(d) − V Vᵀ, without a matrix of outputs by outputs: that of 3,100 classes
/// is 3,100 probabilities d and one column V.
/// </summary>
/// <param name="Diagonal">d, <c>[B, K]</c> for the K numbers of an example in row-major order.</param>
/// <param name="Columns">V, <c>[B, K, R]</c>; null if the outputs are independent.</param>
internal readonly record struct OutputCurvature(Tensor Diagonal, Tensor? Columns)
{
    /// <summary>Returns the curvature of independent outputs.</summary>
    /// <param name="each">Λ of each number of an output, <c>[B, …]</c>.</param>
    /// <returns>A curvature whose tensor belongs to the caller's dispose scope.</returns>
    public static OutputCurvature OfEach(Tensor each) => new(Rows(each), null);

    /// <summary>Returns the numbers of each example in a row: <c>[B, …]</c> as <c>[B, K]</c>.</summary>
    public static Tensor Rows(Tensor each) => each.ndim == 1 ? each.unsqueeze(1) : each.flatten(1);

    /// <summary>Returns a factor L of Λ = L Lᵀ if the outputs are independent: √d on a diagonal.</summary>
    /// <returns><c>[B, K, K]</c>, a new tensor; null if the outputs are not independent.</returns>
    public Tensor? Root()
    {
        if (Columns is not null)
            return null;
        using var scope = NewDisposeScope();
        return diag_embed(Diagonal.sqrt()).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the diagonal of Λ.</summary>
    /// <returns><c>[B, K]</c>, a new tensor.</returns>
    public Tensor OfElements()
    {
        if (Columns is null)
            return Diagonal.alias();
        using var scope = NewDisposeScope();
        return Diagonal.add(Columns.mul(Columns).sum([-1L]), Scalars.MinusOne).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the curvature of examples that count several times.</summary>
    /// <param name="counts">How often each example counts, <c>[B]</c>.</param>
    public OutputCurvature Times(Tensor counts)
    {
        using var scope = NewDisposeScope();
        var column = counts.to(Diagonal.dtype).unsqueeze(1);
        return new OutputCurvature(Diagonal.mul(column), Columns?.mul(column.sqrt().unsqueeze(2))).MoveToOuter(scope);
    }

    /// <summary>Moves the tensors to the scope around one.</summary>
    public OutputCurvature MoveToOuter(DisposeScope scope)
    {
        scope.MoveToOuter(Diagonal);
        if (Columns is not null)
            scope.MoveToOuter(Columns);
        return this;
    }
}
