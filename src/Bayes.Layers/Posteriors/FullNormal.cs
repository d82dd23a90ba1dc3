using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// A normal posterior whose weights all depend on each other: w = mu + Σ_k z_k u_k, with covariance Σ_k u_k u_kᵀ. The posteriors of several tensors
/// that share the numbers z_k are one normal distribution of all their weights.
/// </summary>
/// <remarks>
/// A view of two tensors of another owner; it disposes nothing. The directions take at least the square of the number of weights. Entropy and
/// total correlation are those of this tensor alone.
/// </remarks>
public sealed class FullNormal : WeightPosterior
{
    internal const string FactorName = "factor";

    /// <summary>Creates a posterior over tensors shaped like <paramref name="mean"/>.</summary>
    /// <param name="mean">mu, in the weight's unit.</param>
    /// <param name="factor">The directions u_k, in the weight's unit, <c>[count, …shape]</c>, at least as many as there are weights.</param>
    /// <param name="sharedName">The name under which several posteriors share the numbers z_k; null if they do not.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public FullNormal(Tensor mean, Tensor factor, string? sharedName = null) : base(mean)
    {
        ArgumentNullException.ThrowIfNull(factor);
        if (factor.ndim != Shape.Length + 1 || factor.shape[0] == 0 || !factor.shape.AsSpan(1).SequenceEqual(Shape))
            throw new ArgumentException(
                $"The factor has shape {Shapes.Describe(factor.shape)}; expected directions of shape {Shapes.Describe(Shape)}, along axis 0.",
                nameof(factor));
        (Factor, SharedName) = (factor, sharedName);
    }

    /// <summary>Gets the directions u_k, <c>[count, …shape]</c>.</summary>
    public Tensor Factor { get; }

    /// <summary>Gets the name under which several posteriors share the numbers z_k, or null.</summary>
    public string? SharedName { get; }

    /// <summary>Gets <c>mu</c> and <c>factor</c>.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Parameters => [(MeanName, Mean), (FactorName, Factor)];

    /// <summary>Gets the numbers z_k, named by <c>factor</c> or by the shared name.</summary>
    public override IReadOnlyList<PosteriorNoise> Noise => [new(Factor, [Factor.shape[0]]) { SharedName = SharedName }];

    /// <summary>Computes Σ_k z_k u_k.</summary>
    /// <inheritdoc/>
    public override Tensor DeviationsFrom(IReadOnlyList<Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        return PosteriorParts.Combine(Factor, noise[0]);
    }

    /// <summary>Returns N(mu, Σ_k u_k²). In half precision its log-variance is in single precision.</summary>
    /// <inheritdoc/>
    public override MeanFieldNormal Marginals()
    {
        using var scope = NewDisposeScope();
        return new(Mean, Variance().log().MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override OutputSpread? SpreadOf(Tensor? rows, Func<WeightPosterior, Tensor> variance)
    {
        using var scope = NewDisposeScope();
        // Weight and bias that share z would be one sum.
        return SharedName is not null ? null
            : new OutputSpread(zeros(rows?.shape[0] ?? 1, Shape[0], Mean.dtype, Mean.device), OutputSpread.Along(rows, Factor)).MoveToOuter(scope);
    }

    /// <summary>Computes Σ_k u_k²; in single precision if the parameters are in half precision.</summary>
    /// <inheritdoc/>
    public override Tensor Variance()
    {
        using var scope = NewDisposeScope();
        var directions = Factor.Widened();
        return directions.mul(directions).sum([0L]).MoveToOuterDisposeScope();
    }

    /// <summary>Computes ½ log det(2πe Σ) of the weights of this tensor, in double precision inside.</summary>
    /// <inheritdoc/>
    public override Tensor Entropy()
    {
        using var scope = NewDisposeScope();
        using Scalar constant = Mean.numel() * StandardNormal.Entropy;
        var wide = Factor.to(ScalarType.Float64).flatten(1);
        return wide.t().mm(wide).logdet().mul(Scalars.Half).add(constant, Scalars.One).to(Mean.dtype.ForSums()).MoveToOuterDisposeScope();
    }
}
