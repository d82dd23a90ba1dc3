using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>A covariance between all weights, as a root R with Σ = R Rᵀ in double precision.</summary>
internal sealed class FullCovariance(IReadOnlyList<WeightMatrix> matrices, Tensor root) : WeightCovariance(matrices)
{
    private const string Name = "weights";

    /// <inheritdoc/>
    public override void Dispose() => root.Dispose();

    /// <inheritdoc/>
    protected override (PosteriorFamily Family, IReadOnlyList<Tensor> Values) PosteriorOf(int matrix, bool isBias)
    {
        var owner = Matrices[matrix];
        long first = Matrices.Take(matrix).Sum(each => each.Count) + (isBias ? owner.Weight.Value.numel() : 0);
        var parameter = (isBias ? owner.Bias! : owner.Weight).Value;
        var directions = root.narrow(0, first, parameter.numel()).t().reshape([root.shape[0], .. parameter.shape]);
        return (new FullNormalFamily((int)root.shape[0], Name), [directions]);
    }

    /// <inheritdoc/>
    protected override Tensor VarianceAlong(CapturedPass pass, Tensor[] gradients)
    {
        var rooted = Flattened(pass, gradients).mm(root);
        return rooted.mul(rooted).sum([1L]).to(pass.Output.dtype.AtLeastSingle());
    }

    /// <inheritdoc/>
    protected override Tensor JointOf(CapturedPass pass, Tensor[] gradients)
    {
        long outputs = pass.OutputCount;
        var each = stack([.. Enumerable.Range(0, (int)outputs).Select(output =>
            Flattened(pass, Array.ConvertAll(gradients, gradient => gradient.select(1, output))).mm(root))], 1);
        return each.bmm(each.transpose(1, 2)).to(pass.Output.dtype.AtLeastSingle());
    }

    // Returns the gradient of each row in all weights, [B, P].
    private Tensor Flattened(CapturedPass pass, Tensor[] gradients)
    {
        using var scope = NewDisposeScope();
        return cat([.. gradients.Select((gradient, i) => Curvature.OfAllWeights(pass, i, Curvature.Factors(pass, i, gradient)))], 1)
            .to(ScalarType.Float64).MoveToOuterDisposeScope();
    }
}
