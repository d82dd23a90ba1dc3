using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The covariance of the outputs x Wᵀ of each row that random weights cause: diag(<paramref name="Independent"/>) + R Rᵀ.
/// </summary>
/// <param name="Independent">The variance that each output has alone, <c>[B, out]</c>.</param>
/// <param name="Root">R, <c>[B, out, rank]</c>: what the outputs of a row share; null if they are independent.</param>
internal sealed record OutputSpread(Tensor Independent, Tensor? Root)
{
    /// <summary>Returns R for weights that move along directions.</summary>
    /// <param name="rows">x, <c>[B, in]</c>; null for a bias.</param>
    /// <param name="factor">The directions u_k, <c>[rank, out, in]</c>, or <c>[rank, out]</c> of a bias.</param>
    public static Tensor Along(Tensor? rows, Tensor factor)
    {
        if (rows is null)
            return factor.t().unsqueeze(0);
        using var scope = NewDisposeScope();
        long rank = factor.shape[0], outputs = factor.shape[1];
        return rows.mm(factor.reshape(rank * outputs, -1).t()).reshape(-1, rank, outputs).transpose(1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the spread of a sum of outputs that are independent of each other, such as those of a weight and a bias.</summary>
    /// <param name="other">The other spread: of as many rows, or of one that all share.</param>
    public OutputSpread Plus(OutputSpread other)
    {
        using var scope = NewDisposeScope();
        var ofOther = other.Root?.expand(Independent.shape[0], -1, -1);
        var root = Root is null ? ofOther : ofOther is null ? Root.alias() : cat([Root, ofOther], 2);
        return new OutputSpread(Independent.add(other.Independent, Scalars.One), root).MoveToOuter(scope);
    }

    /// <summary>Returns the variance of each output, <c>[B, out]</c>.</summary>
    public Tensor Variance()
    {
        using var scope = NewDisposeScope();
        return (Root is null ? Independent.alias() : Independent.add(Root.mul(Root).sum([2L]), Scalars.One)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the covariance of the outputs of each row, <c>[B, out, out]</c>.</summary>
    public Tensor Covariance()
    {
        using var scope = NewDisposeScope();
        var own = diag_embed(Independent);
        return (Root is null ? own : own.add(Root.bmm(Root.transpose(1, 2)), Scalars.One)).MoveToOuterDisposeScope();
    }

    /// <summary>Moves the tensors to the scope around one.</summary>
    public OutputSpread MoveToOuter(DisposeScope scope)
    {
        scope.MoveToOuter(Independent);
        if (Root is not null)
            scope.MoveToOuter(Root);
        return this;
    }
}
