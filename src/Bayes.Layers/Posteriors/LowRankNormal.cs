using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// A normal posterior whose weights depend on each other along a few directions: w = mu + sigma ∘ eps + Σ_k z_k u_k, with covariance diag(sigma²) +
/// Σ_k u_k u_kᵀ (Ong, Nott &amp; Smith 2018, "Gaussian Variational Approximation with a Factor Covariance Structure", §2). With as many directions
/// as weights it can be any normal distribution.
/// </summary>
/// <remarks>
/// A view of three tensors of another owner; it disposes nothing. Each weight tensor has its own directions, so weight and bias, and the weights of
/// two layers, are independent. No matrix of weights by weights is computed.
/// </remarks>
public sealed class LowRankNormal : WeightPosterior
{
    internal const string FactorName = "factor";

    private readonly MeanFieldNormal _independent;

    /// <summary>Creates a posterior over tensors shaped like <paramref name="mean"/>.</summary>
    /// <param name="mean">mu, in the weight's unit.</param>
    /// <param name="logVariance">log sigma² of the independent noise, of the same shape.</param>
    /// <param name="factor">The directions u_k, in the weight's unit, <c>[rank, …shape]</c>.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public LowRankNormal(Tensor mean, Tensor logVariance, Tensor factor) : base(mean)
    {
        ArgumentNullException.ThrowIfNull(factor);
        _independent = new MeanFieldNormal(mean, logVariance);
        if (factor.ndim != Shape.Length + 1 || factor.shape[0] == 0 || !factor.shape.AsSpan(1).SequenceEqual(Shape))
            throw new ArgumentException(
                $"The factor has shape {Shapes.Describe(factor.shape)}; "
                + $"expected at least one direction of shape {Shapes.Describe(Shape)}, along axis 0.",
                nameof(factor));
        Factor = factor;
    }

    /// <summary>Gets log sigma² of the independent noise, without the variance along the directions.</summary>
    public Tensor LogVariance => _independent.LogVariance;

    /// <summary>Gets the directions u_k, <c>[rank, …shape]</c>.</summary>
    public Tensor Factor { get; }

    /// <summary>Gets the number of directions.</summary>
    public int Rank => (int)Factor.shape[0];

    /// <summary>Gets <c>mu</c>, <c>log_var</c> and <c>factor</c>.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Parameters => [.. _independent.Parameters, (FactorName, Factor)];

    /// <summary>Gets the noise eps of each weight, and the numbers z_k, named by <c>factor</c>.</summary>
    public override IReadOnlyList<PosteriorNoise> Noise => [new(Mean, Shape), new(Factor, [Rank])];

    /// <inheritdoc/>
    public override PosteriorParts? Parts => new PosteriorParts(_independent, Factor);

    /// <summary>Computes sigma ∘ eps + Σ_k z_k u_k.</summary>
    /// <inheritdoc/>
    public override Tensor DeviationsFrom(IReadOnlyList<Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        return _independent.DeviationsFrom(noise).add(PosteriorParts.Combine(Factor, noise[1]), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Returns N(mu, sigma² + Σ_k u_k²). In half precision its log-variance is in single precision.</summary>
    /// <inheritdoc/>
    public override MeanFieldNormal Marginals()
    {
        using var scope = NewDisposeScope();
        return new(Mean, Variance().log().MoveToOuterDisposeScope());
    }

    /// <summary>Computes sigma² + Σ_k u_k²; in single precision if the parameters are in half precision.</summary>
    /// <inheritdoc/>
    public override Tensor Variance()
    {
        using var scope = NewDisposeScope();
        var directions = Factor.Widened();
        return LogVariance.Widened().exp().add(directions.mul(directions).sum([0L]), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Computes ½ log det(2πe Σ): the entropy of the independent noise plus ½ log det(1 + VᵀV), with V the directions in units of sigma, by the
    /// matrix determinant lemma. The matrix has one row for each direction.
    /// </summary>
    /// <inheritdoc/>
    public override Tensor Entropy()
    {
        using var scope = NewDisposeScope();
        return _independent.Entropy().add(LogDeterminant(Scaled()), Scalars.Half).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Computes ½ (Σ log(1 + Σ_k v_k²) − log det(1 + VᵀV)), with V the directions in units of sigma. No large numbers are subtracted.
    /// </summary>
    /// <inheritdoc/>
    public override Tensor TotalCorrelation()
    {
        using var scope = NewDisposeScope();
        var scaled = Scaled();
        var logRatios = scaled.mul(scaled).sum([0L]).log1p();
        return logRatios.sum(Mean.dtype.ForSums()).add(LogDeterminant(scaled), Scalars.MinusOne).mul(Scalars.Half).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Prune(Tensor isPruned)
    {
        _independent.Prune(isPruned);
        Factor.masked_fill_(isPruned, Scalars.Zero);
    }

    /// <inheritdoc/>
    internal override Tensor DrawNamed(NamedDraws draws, Tensor? stddev)
    {
        using var scope = NewDisposeScope();
        return draws.AddDirections(_independent.DrawNamed(draws, stddev), Factor, Factor).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override bool DrawsRows => true;

    /// <inheritdoc/>
    internal override Tensor DrawNamedRows(NamedDraws draws, Tensor rows)
    {
        using var scope = NewDisposeScope();
        return draws.AddDirections(_independent.DrawNamedRows(draws, rows), Factor, Factor.index_select(1, rows)).MoveToOuterDisposeScope();
    }

    // Returns V, [rank, n], in at least single precision.
    private Tensor Scaled()
    {
        var inverse = LogVariance.Widened().mul(Scalars.MinusHalf).exp();
        return Factor.Widened().mul(inverse).reshape(Rank, -1);
    }

    // Double precision: if directions are almost parallel, the determinant is a small difference of large numbers.
    private Tensor LogDeterminant(Tensor scaled)
    {
        var wide = scaled.to(ScalarType.Float64);
        return eye(Rank, dtype: ScalarType.Float64, device: Mean.device).add(wide.mm(wide.t()), Scalars.One).logdet().to(Mean.dtype.ForSums());
    }
}
