using System.Numerics;
using System.Runtime.CompilerServices;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>w ~ N(mean, stddev²), independently for each weight. The KL divergence has a closed form.</summary>
public sealed class NormalPrior : Prior, IKlGradient
{
    private readonly Scalar _negativeMean;
    private readonly Scalar _precision;

    /// <summary>Creates a normal prior.</summary>
    /// <param name="mean">The mean; finite.</param>
    /// <param name="stddev">The standard deviation (not the variance); above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public NormalPrior(double mean = 0, double stddev = 1)
    {
        Mean = Require.Finite(mean);
        Stddev = Require.PositiveAndFinite(stddev);
        _negativeMean = -mean;
        double precision = 1 / (stddev * stddev);
        if (precision == 0 || !double.IsFinite(precision))
            throw new ArgumentOutOfRangeException(
                nameof(stddev), stddev, $"stddev is {stddev}; expected a number whose square is above 0 and finite too.");
        _precision = precision;
    }

    /// <summary>Gets N(0, 1), the default of every layer.</summary>
    public static NormalPrior Standard { get; } = new();

    /// <summary>Returns the prior w ~ N(mean, stddev²) with a mean and a standard deviation for each weight.</summary>
    /// <inheritdoc cref="PerWeightNormalPrior(Tensor, Tensor)"/>
    public static PerWeightNormalPrior PerWeight(Tensor mean, Tensor stddev) => new(mean, stddev);

    /// <summary>Gets the mean.</summary>
    public double Mean { get; }

    /// <summary>Gets the standard deviation.</summary>
    public override double Stddev { get; }

    /// <inheritdoc/>
    internal override void RequireFits(ScalarType dtype)
    {
        Require.SquareWithin(Mean, dtype, "mean", mayBeSmall: true);
        Require.SquareWithin(Stddev, dtype, "stddev");
    }

    /// <inheritdoc/>
    public override Tensor LogProbability(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        using Scalar scale = -0.5 / (Stddev * Stddev), constant = -Math.Log(Stddev) - StandardNormal.LogOfRootOfTwoPi;
        var centred = Centred(weight.Widened());
        return centred.mul(centred).mul(scale).add(constant, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Computes KL(N(mu, sigma²) ‖ N(m, p²)) = Σ log(p / sigma) + (sigma² + (mu − m)²) / (2 p²) − ½, in nats (Kingma &amp; Welling 2014, appendix B,
    /// for m = 0 and p = 1).
    /// </summary>
    /// <param name="posterior">q.</param>
    /// <returns>A scalar, differentiable in mu and log_var.</returns>
    public override Tensor KlDivergence(MeanFieldNormal posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        if (BlockKl.TryCompute(this, posterior) is { } divergence)
            return divergence;
        using var scope = NewDisposeScope();
        return Divergence(posterior, posterior.LogVariance.Widened().exp()).MoveToOuterDisposeScope();
    }

    /// <summary>Adds the gradient: ∂KL/∂mu = (mu − m) / p², ∂KL/∂log_var = ½ (sigma² / p² − 1).</summary>
    /// <inheritdoc/>
    public Tensor AddKlGradient(MeanFieldNormal posterior, Tensor variance, Tensor meanGradient, Tensor logVarianceGradient, double weight)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        ArgumentNullException.ThrowIfNull(variance);
        ArgumentNullException.ThrowIfNull(meanGradient);
        ArgumentNullException.ThrowIfNull(logVarianceGradient);
        using var scope = NewDisposeScope();
        using Scalar perPrecision = weight / (Stddev * Stddev), halfPerPrecision = 0.5 * weight / (Stddev * Stddev), half = -0.5 * weight;
        meanGradient.add_(Centred(posterior.Mean.Widened()), perPrecision);
        logVarianceGradient.add_(variance, halfPerPrecision).add_(half, Scalars.One);
        return Divergence(posterior, Widened(posterior, variance)).MoveToOuterDisposeScope();
    }

    /// <summary>Computes KL(q ‖ p) of one block of <see cref="Blocks"/>, in nats.</summary>
    // Optimized at the first call: one call of a large layer would end before the runtime replaced the slow code.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal double Divergence<T>(ReadOnlySpan<T> mean, ReadOnlySpan<T> logVariance) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T centre = T.CreateTruncating(Mean), precision = T.CreateTruncating(1 / (Stddev * Stddev)), rest = T.Zero;
        Span<T> variance = stackalloc T[mean.Length];
        Vectors.Exp(logVariance, T.One, variance);
        ReadOnlySpan<Vector<T>> means = Vectors.Of(mean), logVariances = Vectors.Of(logVariance), variances = Vectors.Of<T>(variance);
        Vector<T> centres = new(centre), precisions = new(precision), sum = default;
        for (int i = 0; i < means.Length; i++)
        {
            var centred = means[i] - centres;
            sum += (variances[i] + centred * centred) * precisions - logVariances[i];
        }
        for (int i = means.Length * Vector<T>.Count; i < mean.Length; i++)
        {
            T centred = mean[i] - centre;
            rest += (variance[i] + centred * centred) * precision - logVariance[i];
        }
        return Divergence(double.CreateTruncating(Vector.Sum(sum) + rest), mean.Length);
    }

    /// <inheritdoc/>
    internal override KlBlocks<T> BlocksOf<T>(long length) => new Weights<T>(this);

    /// <inheritdoc/>
    internal override (Tensor PrecisionMean, Tensor Precision)? NaturalParameters(ReadOnlySpan<long> shape)
    {
        using var scope = NewDisposeScope();
        using Scalar precision = 1 / (Stddev * Stddev), precisionMean = Mean / (Stddev * Stddev);
        return scope.MoveToOuter(full(shape, precisionMean, ScalarType.Float64, CPU), full(shape, precision, ScalarType.Float64, CPU));
    }

    /// <summary>Returns the name of the prior and its settings.</summary>
    public override string ToString() => FormattableString.Invariant($"NormalPrior(mean={Mean}, stddev={Stddev})");

    private Tensor Divergence(MeanFieldNormal posterior, Tensor variance)
    {
        var centred = Centred(posterior.Mean.Widened());
        using Scalar constant = posterior.Mean.numel() * (Math.Log(Stddev) - 0.5);
        var terms = addcmul(variance, centred, centred, Scalars.One);
        if (Stddev != 1)
            terms = terms.mul(_precision);
        terms = terms.add(posterior.LogVariance.Widened(), Scalars.MinusOne);
        return terms.sum(posterior.Mean.dtype.ForSums()).mul(Scalars.Half).add(constant, Scalars.One);
    }

    private double Divergence(double sum, int count) => 0.5 * sum + count * (Math.Log(Stddev) - 0.5);

    private Tensor Centred(Tensor weight) => Mean == 0 ? weight : weight.add(_negativeMean, Scalars.One);

    private sealed class Weights<T>(NormalPrior prior) : KlBlocks<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override double AddGradient(int start, KlBlock<T> block, double weight) =>
            prior.Divergence(NormalKl.AddGradient(block, prior.Mean, 1 / (prior.Stddev * prior.Stddev), weight), block.Length);
    }
}
