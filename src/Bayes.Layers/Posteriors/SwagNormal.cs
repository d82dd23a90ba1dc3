using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The normal posterior of one tensor of a network whose tensors all depend on each other along a few directions: w = mu + sigma ∘ eps + Σ_k z_k u_k,
/// where the tensors of the network share the numbers z (Maddox et al. 2019, "A Simple Baseline for Bayesian Uncertainty in Deep Learning",
/// equation 1: sigma² is half the diagonal variance, and u_k a deviation divided by √(2 (K − 1))).
/// </summary>
/// <remarks>
/// A view of three tensors of another owner; it disposes nothing. Entropy, marginals and total correlation are those of this tensor alone. The sum
/// of the tensors' entropies is larger than the entropy of all weights together, so that the KL divergence of a model is a lower bound. A model is
/// made of the weights of a training, and not trained by its ELBO.
/// </remarks>
internal sealed class SwagNormal : WeightPosterior
{
    private const string SharedName = "swag";

    private readonly LowRankNormal _alone;
    private readonly MeanFieldNormal _independent;

    /// <summary>Creates a posterior over tensors shaped like <paramref name="mean"/>.</summary>
    /// <param name="mean">mu, in the weight's unit.</param>
    /// <param name="logVariance">log sigma² of the independent noise, of the same shape.</param>
    /// <param name="factor">The tensor's part of the directions u_k, in the weight's unit, <c>[rank, …shape]</c>.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public SwagNormal(Tensor mean, Tensor logVariance, Tensor factor) : base(mean) =>
        (_alone, _independent) = (new LowRankNormal(mean, logVariance, factor), new MeanFieldNormal(mean, logVariance));

    /// <summary>Gets log sigma² of the independent noise, without the variance along the directions.</summary>
    public Tensor LogVariance => _alone.LogVariance;

    /// <summary>Gets the tensor's part of the directions u_k, <c>[rank, …shape]</c>.</summary>
    public Tensor Factor => _alone.Factor;

    /// <summary>Gets the number of directions.</summary>
    public int Rank => _alone.Rank;

    /// <summary>Gets <c>mu</c>, <c>log_var</c> and <c>factor</c>.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Parameters => _alone.Parameters;

    /// <summary>Gets the noise eps of each weight, and the numbers z_k, which all tensors of a network share.</summary>
    public override IReadOnlyList<PosteriorNoise> Noise =>
        [_alone.Noise[0], _alone.Noise[1] with { SharedName = SharedName }];

    /// <summary>Computes sigma ∘ eps + Σ_k z_k u_k.</summary>
    /// <inheritdoc/>
    public override Tensor DeviationsFrom(IReadOnlyList<Tensor> noise) => _alone.DeviationsFrom(noise);

    /// <summary>Returns N(mu, sigma² + Σ_k u_k²). In half precision its log-variance is in single precision.</summary>
    /// <inheritdoc/>
    public override MeanFieldNormal Marginals() => _alone.Marginals();

    /// <inheritdoc/>
    public override Tensor Variance() => _alone.Variance();

    /// <inheritdoc/>
    public override Tensor Entropy() => _alone.Entropy();

    /// <inheritdoc/>
    public override Tensor? TotalCorrelation() => _alone.TotalCorrelation();

    /// <inheritdoc/>
    public override void Prune(Tensor isPruned) => _alone.Prune(isPruned);

    /// <inheritdoc/>
    internal override Tensor DrawNamed(NamedDraws draws, Tensor? stddev)
    {
        using var scope = NewDisposeScope();
        return draws.AddDirections(_independent.DrawNamed(draws, stddev), Factor, Factor, SharedName).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override bool DrawsRows => true;

    /// <inheritdoc/>
    internal override Tensor DrawNamedRows(NamedDraws draws, Tensor rows)
    {
        using var scope = NewDisposeScope();
        var independent = _independent.DrawNamedRows(draws, rows);
        return draws.AddDirections(independent, Factor, Factor.index_select(1, rows), SharedName).MoveToOuterDisposeScope();
    }
}
