using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// w ~ N(mean, stddev²) with a mean and a standard deviation for each weight, for example from a trained network (MOPED: Krishnan, Subedar &amp;
/// Tickoo 2020, "Specifying Weight Priors in Bayesian Deep Neural Networks with Empirical Bayes"). It belongs to one tensor: the bias of a layer
/// needs another one. The KL divergence has a closed form.
/// </summary>
/// <remarks>
/// The given tensors stay the caller's, and must live until the layer is created, which copies them as the buffers <c>weight_prior.mean</c> and
/// <c>weight_prior.stddev</c>. These are saved, loaded and moved with the layer.
/// </remarks>
/// <example><c>new BayesianLinear(3, 2, prior: NormalPrior.PerWeight(w, s), biasPrior: NormalPrior.PerWeight(b, t))</c></example>
public sealed class PerWeightNormalPrior : Prior, IKlGradient
{
    private const string MeanKey = "mean";
    private const string StddevKey = "stddev";

    private readonly Tensor? _mean;
    private readonly Tensor? _stddev;
    private readonly PriorState? _state;

    /// <summary>Creates a prior of one weight tensor.</summary>
    /// <param name="mean">The means, of the weight's shape; finite.</param>
    /// <param name="stddev">
    /// The standard deviations (not the variances): of the weight's shape, or a scalar for all weights; finite and above 0.
    /// </param>
    /// <exception cref="ArgumentException">The shapes differ, or a value is outside its range.</exception>
    public PerWeightNormalPrior(Tensor mean, Tensor stddev)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(stddev);
        if (stddev.ndim > 0 && !stddev.shape.AsSpan().SequenceEqual(mean.shape))
            throw new ArgumentException(
                $"stddev has shape {Shapes.Describe(stddev.shape)}; expected that of the mean, {Shapes.Describe(mean.shape)}, or a scalar.",
                nameof(stddev));
        Check(mean, stddev);
        _mean = mean;
        _stddev = stddev;
    }

    private PerWeightNormalPrior(PriorState state) => _state = state;

    /// <summary>Gets the means, one for each weight.</summary>
    public Tensor Mean => _state?.Kept(MeanKey) ?? _mean!;

    /// <summary>Gets the standard deviations: one for each weight, or a scalar.</summary>
    public Tensor Stddevs => _state?.Kept(StddevKey) ?? _stddev!;

    /// <summary>Gets the root mean square of the weights' standard deviations.</summary>
    public override double Stddev
    {
        get
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var stddev = Stddevs.to(ScalarType.Float64);
            return Math.Sqrt(stddev.mul(stddev).mean().ReadDouble());
        }
    }

    /// <inheritdoc/>
    public override nn.Module? Parameters => _state;

    /// <inheritdoc/>
    public override Prior For(IReadOnlyList<long> shape, ScalarType dtype)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (!Mean.shape.SequenceEqual(shape))
            throw new ArgumentException(
                $"The prior has means of shape {Shapes.Describe(Mean.shape)} and the weights have shape {Shapes.Describe([.. shape])}; "
                + "expected the same shape: a layer needs one prior for its weight, and another as biasPrior.", nameof(shape));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        // On the CPU, where a layer creates its parameters before it moves them.
        Tensor mean = Mean.to(dtype, CPU, copy: true), stddev = Stddevs.to(dtype, CPU).expand([.. shape]).clone();
        Check(mean, stddev);
        var state = new PriorState();
        state.Keep(MeanKey, mean);
        state.Keep(StddevKey, stddev);
        return new PerWeightNormalPrior(state);
    }

    /// <inheritdoc/>
    /// <param name="weight">Weights of the prior's shape, or with other axes in front, <c>[S, …]</c>.</param>
    /// <exception cref="ArgumentException">The weights have another shape.</exception>
    public override Tensor LogProbability(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        long[] shape = Mean.shape;
        if (weight.ndim < shape.Length || !weight.shape.AsSpan(weight.shape.Length - shape.Length).SequenceEqual(shape))
            throw new ArgumentException(
                $"The weights have shape {Shapes.Describe(weight.shape)}; expected {Shapes.Describe(shape)}, with any axes in front.",
                nameof(weight));
        using var scope = NewDisposeScope();
        using Scalar constant = -StandardNormal.LogOfRootOfTwoPi;
        var wide = weight.Widened();
        var stddev = Stddevs.to(wide.dtype, wide.device);
        var score = wide.add(Mean.to(wide.dtype, wide.device), Scalars.MinusOne).div(stddev);
        return score.mul(score).mul(Scalars.MinusHalf).add(stddev.log(), Scalars.MinusOne).add(constant, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Computes KL(N(mu, sigma²) ‖ N(m, p²)) = Σ log(p / sigma) + (sigma² + (mu − m)²) / (2 p²) − ½, in nats, with m and p of each weight.
    /// </summary>
    /// <inheritdoc cref="NormalPrior.KlDivergence(MeanFieldNormal)"/>
    /// <exception cref="ArgumentException">The weights of the posterior have another shape.</exception>
    public override Tensor KlDivergence(MeanFieldNormal posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        using var scope = NewDisposeScope();
        var (score, logRatio, _) = Compare(posterior);
        return Divergence(score, logRatio, logRatio.exp(), posterior.Mean.dtype).MoveToOuterDisposeScope();
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
        using Scalar factor = weight, half = 0.5 * weight, minusHalf = -0.5 * weight;
        var (score, logRatio, stddev) = Compare(posterior);
        var ratio = logRatio.exp();
        meanGradient.add_(score.div(stddev), factor);
        logVarianceGradient.add_(ratio, half).add_(minusHalf, Scalars.One);
        return Divergence(score, logRatio, ratio, posterior.Mean.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override (Tensor PrecisionMean, Tensor Precision)? NaturalParameters(ReadOnlySpan<long> shape)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var stddev = Stddevs.to(ScalarType.Float64, CPU).expand(shape);
        var precision = stddev.mul(stddev).reciprocal_();
        return scope.MoveToOuter(precision.mul(Mean.to(ScalarType.Float64, CPU)), precision);
    }

    /// <inheritdoc/>
    internal override KlBlocks<T>? BlocksOf<T>(long length)
    {
        var type = typeof(T) == typeof(double) ? ScalarType.Float64 : ScalarType.Float32;
        return _state is not null && Mean.numel() == length && Mean.IsPlain(type) && Stddevs.IsPlain(type) ? new Weights<T>(this) : null;
    }

    /// <summary>Returns the name of the prior and its settings.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"PerWeightNormalPrior(shape={Shapes.Describe(Mean.shape)}, stddev={Stddev})");

    /// <inheritdoc/>
    protected internal override string Settings => $"PerWeightNormalPrior(shape={Shapes.Describe(Mean.shape)})";

    // Returns (mu − m) / p, log(sigma² / p²) and p of each weight. Units of p, because p² may be out of range.
    private (Tensor Score, Tensor LogRatio, Tensor Stddev) Compare(MeanFieldNormal posterior)
    {
        Require.WeightShape(posterior.Shape, Mean.shape);
        var type = posterior.Mean.dtype.AtLeastSingle();
        var device = posterior.Mean.device;
        var stddev = Stddevs.to(type, device).expand(Mean.shape).reshape(posterior.Shape);
        var score = posterior.Mean.to(type).add(Mean.to(type, device).reshape(posterior.Shape), Scalars.MinusOne).div(stddev);
        return (score, posterior.LogVariance.to(type).add(stddev.log(), Scalars.MinusTwo), stddev);
    }

    private static Tensor Divergence(Tensor score, Tensor logRatio, Tensor ratio, ScalarType dtype) =>
        addcmul(ratio, score, score, Scalars.One).add(logRatio, Scalars.MinusOne).add(Scalars.MinusOne, Scalars.One).sum(dtype.ForSums())
            .mul(Scalars.Half);

    private static void Check(Tensor mean, Tensor stddev)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        if (mean.isfinite().logical_not().any().ReadBoolean())
            throw new ArgumentException("mean has a value that is NaN or infinite; expected finite numbers.", nameof(mean));
        var outside = stddev.isfinite().logical_and(stddev.gt(Scalars.Zero)).logical_not();
        if (outside.any().ReadBoolean())
            throw new ArgumentException(
                FormattableString.Invariant($"stddev has the value {stddev.masked_select(outside)[0].ReadDouble()} in {stddev.dtype}; ")
                + "expected finite numbers above 0.", nameof(stddev));
    }

    private sealed class Weights<T>(PerWeightNormalPrior prior) : KlBlocks<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private TensorMemory<T> _means;
        private TensorMemory<T> _stddevs;

        public override void Begin() => (_means, _stddevs) = (prior.Mean.AsMemory<T>(), prior.Stddevs.AsMemory<T>());

        public override double AddGradient(int start, KlBlock<T> block, double weight)
        {
            int padded = Vectors.PaddedLength(block.Length);
            Span<double> means = stackalloc double[padded], logVariances = stackalloc double[padded];
            Span<double> ownMeans = stackalloc double[padded], ownStddevs = stackalloc double[padded];
            // Elements that fill up a vector add nothing: both distributions are N(0, 1).
            ownStddevs[block.Length..].Fill(1);
            Vectors.ToDoubles(block.Mean, means);
            Vectors.ToDoubles(block.LogVariance, logVariances);
            Vectors.ToDoubles<T>(_means.Slice(start, block.Length), ownMeans);
            Vectors.ToDoubles<T>(_stddevs.Slice(start, block.Length), ownStddevs);
            // In units of p, because p² may be out of range. They become the gradients.
            Span<Vector<double>> ofMeans = Vectors.Of(means), ofLogVariances = Vectors.Of(logVariances);
            Span<Vector<double>> centres = Vectors.Of(ownMeans), stddevs = Vectors.Of(ownStddevs);
            Vector<double> one = Vector<double>.One, two = new(2), sum = default;
            for (int i = 0; i < ofMeans.Length; i++)
            {
                var stddev = stddevs[i];
                var score = (ofMeans[i] - centres[i]) / stddev;
                var logRatio = ofLogVariances[i] - two * Vector.Log(stddev);
                var excess = Vector.Exp(logRatio) - one;
                sum += excess + score * score - logRatio;
                ofMeans[i] = score / stddev;
                ofLogVariances[i] = excess;
            }
            Span<T> meanGradient = block.MeanGradient, logVarianceGradient = block.LogVarianceGradient;
            for (int i = 0; i < block.Length; i++)
            {
                meanGradient[i] += T.CreateTruncating(weight * means[i]);
                logVarianceGradient[i] += T.CreateTruncating(0.5 * weight * logVariances[i]);
            }
            return 0.5 * Vector.Sum(sum);
        }
    }
}
