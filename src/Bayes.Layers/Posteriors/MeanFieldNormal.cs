using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The mean-field normal posterior: each weight has its own mean and variance, independent of the others
/// (Blundell et al. 2015, "Weight Uncertainty in Neural Networks", §3.2). The variance is kept as its logarithm.
/// </summary>
/// <remarks>A view of two tensors of another owner; it disposes nothing.</remarks>
public sealed class MeanFieldNormal : WeightPosterior
{
    internal const string LogVarianceName = "log_var";

    // sigma is 4e-18: zero noise in any type, but still a posterior.
    private static readonly Scalar PrunedLogVariance = -80.0;

    /// <summary>Creates a posterior over tensors shaped like <paramref name="mean"/>.</summary>
    /// <param name="mean">mu, in the weight's unit.</param>
    /// <param name="logVariance">log sigma², of the same shape.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public MeanFieldNormal(Tensor mean, Tensor logVariance) : base(mean)
    {
        ArgumentNullException.ThrowIfNull(logVariance);
        if (!Shape.AsSpan().SequenceEqual(logVariance.shape))
            throw new ArgumentException(
                $"The log-variance has shape {Shapes.Describe(logVariance.shape)}; expected that of the mean, {Shapes.Describe(Shape)}.",
                nameof(logVariance));
        LogVariance = logVariance;
    }

    /// <summary>Gets log sigma².</summary>
    public Tensor LogVariance { get; }

    /// <summary>Gets <c>mu</c> and <c>log_var</c>.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Parameters =>
        [(MeanName, Mean), (LogVarianceName, LogVariance)];

    /// <summary>Gets this posterior as the independent part, without directions.</summary>
    public override PosteriorParts? Parts => new PosteriorParts(this, null);

    /// <inheritdoc/>
    internal override MeanFieldNormal MeanField => this;

    /// <summary>Computes sigma = exp(log_var / 2): a new tensor, differentiable.</summary>
    public override Tensor Stddev() => LogVariance.mul(Scalars.Half).exp_();

    /// <summary>Computes sigma² = exp(log_var): a new tensor, differentiable.</summary>
    public override Tensor Variance() => LogVariance.exp();

    /// <summary>Computes sigma ∘ eps.</summary>
    /// <inheritdoc/>
    public override Tensor DeviationsFrom(IReadOnlyList<Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        using var stddev = Stddev();
        return stddev.mul(noise[0]);
    }

    /// <summary>Computes mu + sigma ∘ eps.</summary>
    /// <inheritdoc/>
    public override Tensor WeightsFrom(IReadOnlyList<Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        using var stddev = Stddev();
        return addcmul(Mean, stddev, noise[0], Scalars.One);
    }

    /// <summary>Returns this posterior.</summary>
    public override MeanFieldNormal Marginals() => this;

    /// <summary>
    /// Computes Σ ½ log(2πe sigma²): a scalar in nats, differentiable. In half precision it is added up and returned in double precision.
    /// </summary>
    public override Tensor Entropy()
    {
        using var scope = NewDisposeScope();
        using Scalar constant = Mean.numel() * StandardNormal.Entropy;
        return LogVariance.sum(LogVariance.dtype.ForSums()).mul(Scalars.Half).add(constant, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Returns null: the weights are independent.</summary>
    public override Tensor? TotalCorrelation() => null;

    /// <inheritdoc/>
    public override void Prune(Tensor isPruned)
    {
        ArgumentNullException.ThrowIfNull(isPruned);
        Mean.masked_fill_(isPruned, Scalars.Zero);
        LogVariance.masked_fill_(isPruned, PrunedLogVariance);
    }

    /// <summary>Returns mu / sigma² and 1 / sigma².</summary>
    /// <inheritdoc/>
    public override (Tensor PrecisionMean, Tensor Precision)? NaturalParameters()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var precision = LogVariance.to(ScalarType.Float64).neg().exp_();
        return scope.MoveToOuter(precision.mul(Mean.to(ScalarType.Float64)), precision);
    }

    /// <summary>Sets mu to precision · mean / precision, and log_var to −log precision.</summary>
    /// <inheritdoc/>
    public override void SetNaturalParameters(Tensor precisionMean, Tensor precision)
    {
        ArgumentNullException.ThrowIfNull(precisionMean);
        ArgumentNullException.ThrowIfNull(precision);
        Require.WeightShape(precisionMean.shape, Shape);
        Require.WeightShape(precision.shape, Shape);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var own = precision.to(ScalarType.Float64);
        Mean.copy_(precisionMean.to(ScalarType.Float64).div(own));
        LogVariance.copy_(own.log().neg_());
    }

    /// <inheritdoc/>
    internal override Tensor DrawNamed(NamedDraws draws, Tensor? stddev)
    {
        using var own = stddev is null ? Stddev() : null;
        return draws.Normal(Mean, own ?? stddev!);
    }

    /// <inheritdoc/>
    internal override bool DrawsRows => true;

    /// <inheritdoc/>
    internal override Tensor DrawNamedRows(NamedDraws draws, Tensor rows)
    {
        using var scope = NewDisposeScope();
        var selected = new MeanFieldNormal(Mean.index_select(0, rows), LogVariance.index_select(0, rows));
        return draws.NormalRows(Mean, selected.Mean, selected.Stddev(), rows).MoveToOuterDisposeScope();
    }
}
