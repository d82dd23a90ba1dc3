using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>The covariance Σ of the weights, by which the outputs of the linearised network have the covariance J Σ Jᵀ.</summary>
/// <remarks>Owns its tensors.</remarks>
internal abstract class WeightCovariance(IReadOnlyList<WeightMatrix> matrices) : IDisposable
{
    /// <summary>Gets the matrices.</summary>
    protected IReadOnlyList<WeightMatrix> Matrices => matrices;

    /// <summary>Computes the variance of each output of each row.</summary>
    /// <returns><c>[B, K]</c>.</returns>
    public Tensor OutputVariance(CapturedPass pass)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (OfLastLayer(pass) is { } known)
            return known.MoveToOuterDisposeScope();
        var variances = new Tensor[pass.OutputCount];
        for (long output = 0; output < variances.Length; output++)
        {
            using var one = NewDisposeScope();
            variances[output] = VarianceAlong(pass, pass.Gradients(Direction(pass, output))).MoveToOuterDisposeScope();
        }
        return stack(variances, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the covariance of the outputs of each row.</summary>
    /// <returns><c>[B, K, K]</c>.</returns>
    public Tensor OutputCovariance(CapturedPass pass)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (JointOfLastLayer(pass) is { } known)
            return known.MoveToOuterDisposeScope();
        var gradients = new List<Tensor>[Matrices.Count];
        for (int i = 0; i < gradients.Length; i++)
            gradients[i] = [];
        for (long output = 0; output < pass.OutputCount; output++)
            foreach (var (i, gradient) in pass.Gradients(Direction(pass, output)).Index())
                gradients[i].Add(gradient);
        return JointOf(pass, [.. gradients.Select(each => stack(each, 1))]).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the posterior of a parameter of the network: its family, and its parameters other than the mean.</summary>
    /// <param name="parameter">The parameter.</param>
    public (PosteriorFamily Family, IReadOnlyList<Tensor> Values) PosteriorOf(NetworkParameter parameter)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        int matrix = matrices.Index().First(each => each.Item.Parameters.Any(own => own.Name == parameter.Name)).Index;
        var (family, values) = PosteriorOf(matrix, isBias: parameter.Name != matrices[matrix].Weight.Name);
        // Each parameter of the model has contiguous memory of its own, as after loading a file.
        return (family, [.. values.Select(each =>
            empty(each.shape, parameter.Value.dtype, each.device).copy_(each).MoveToOuterDisposeScope())]);
    }

    /// <summary>Frees the tensors.</summary>
    public abstract void Dispose();

    /// <summary>Returns the posterior of the weight or the bias of a matrix.</summary>
    protected abstract (PosteriorFamily Family, IReadOnlyList<Tensor> Values) PosteriorOf(int matrix, bool isBias);

    /// <summary>Computes the variance of the only layer's outputs if the network ends in it, <c>[B, K]</c>; null if it does not.</summary>
    protected virtual Tensor? OfLastLayer(CapturedPass pass) => null;

    /// <summary>Computes the covariance of the only layer's outputs if the network ends in it, <c>[B, K, K]</c>; null if it does not.</summary>
    protected virtual Tensor? JointOfLastLayer(CapturedPass pass) => null;

    /// <summary>Computes the variance of a number whose gradients are given, <c>[B]</c>.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="gradients"><c>[B, T, outputs]</c> for each matrix.</param>
    protected abstract Tensor VarianceAlong(CapturedPass pass, Tensor[] gradients);

    /// <summary>Computes the covariance of K numbers whose gradients are given, <c>[B, K, K]</c>.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="gradients"><c>[B, K, T, outputs]</c> for each matrix.</param>
    protected abstract Tensor JointOf(CapturedPass pass, Tensor[] gradients);

    private static Tensor Direction(CapturedPass pass, long output)
    {
        var direction = zeros(pass.Rows, pass.OutputCount, pass.Output.dtype, pass.Output.device);
        direction.select(1, output).fill_(Scalars.One);
        return direction;
    }
}
