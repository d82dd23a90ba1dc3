using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// A normal posterior as a sum, w = mu + sigma ∘ eps + Σ_k z_k u_k: each weight has noise eps of its own, and all weights share a few numbers z_k.
/// Estimators that integrate weights out, or flip their signs, need this form.
/// </summary>
/// <param name="Independent">mu + sigma ∘ eps. Its mean is the posterior's own tensor.</param>
/// <param name="Factor">The directions u_k, <c>[rank, …shape]</c>; null if the weights are independent.</param>
public readonly record struct PosteriorParts(MeanFieldNormal Independent, Tensor? Factor)
{
    /// <summary>Computes Σ_k z_k u_k.</summary>
    /// <param name="factor">The directions u_k, <c>[rank, …shape]</c>.</param>
    /// <param name="z">N(0, 1) numbers, <c>[rank]</c> or <c>[S, rank]</c>.</param>
    /// <returns>A tensor <c>[…shape]</c> or <c>[S, …shape]</c>, differentiable.</returns>
    internal static Tensor Combine(Tensor factor, Tensor z)
    {
        using var scope = NewDisposeScope();
        long[] shape = factor.shape;
        var sums = z.reshape(-1, shape[0]).mm(factor.reshape(shape[0], -1));
        return sums.reshape([.. z.shape[..^1], .. shape[1..]]).MoveToOuterDisposeScope();
    }
}
