using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// w ~ N(0, scale²) with unknown scales that are learned with the weights: each has a prior of its own and a log-normal posterior, whose KL
/// divergence is part of the prior's, counted once for each weight tensor. All terms have a closed form.
/// </summary>
public abstract class HierarchicalNormalPrior : Prior, IKlGradient
{
    /// <summary>The ratio of the largest scale to the guess, and of the guess to the smallest scale.</summary>
    private protected const double RangeFactor = 1e4;

    private readonly PriorState? _state;
    private readonly long[]? _shape;

    /// <summary>Creates a prior of one weight tensor, or one without a tensor, whose scales are at their start.</summary>
    private protected HierarchicalNormalPrior(PriorState? state = null, long[]? shape = null)
    {
        _state = state;
        _shape = shape;
    }

    /// <inheritdoc/>
    public sealed override nn.Module? Parameters => _state;

    /// <summary>Computes E[KL(N(mu, sigma²) ‖ N(0, scale²))] + KL(q(scales) ‖ p(scales)), in nats, with the expectation over q(scales).</summary>
    /// <param name="posterior">q.</param>
    /// <returns>A scalar, differentiable in mu, log_var and the scales.</returns>
    /// <exception cref="ArgumentException">The weights of the posterior have another shape.</exception>
    public sealed override Tensor KlDivergence(MeanFieldNormal posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        using var scope = NewDisposeScope();
        var squares = Squares(posterior, posterior.LogVariance.Widened().exp());
        return Divergence(posterior, squares, LogScales(squares.shape, squares.dtype, squares.device)).MoveToOuterDisposeScope();
    }

    /// <summary>Throws: the scales have a divergence of their own.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    internal sealed override Tensor NegativeLogProbability(Tensor values) => throw new NotSupportedException(
        $"{Settings} learns its scales, which needs a posterior with a density; expected a prior that is fixed, such as {nameof(NormalPrior)}.");

    /// <summary>Adds the gradient: ∂KL/∂mu = mu E[1/scale²], ∂KL/∂log_var = ½ (sigma² E[1/scale²] − 1), and that of the scales.</summary>
    /// <inheritdoc/>
    public Tensor AddKlGradient(MeanFieldNormal posterior, Tensor variance, Tensor meanGradient, Tensor logVarianceGradient, double weight)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        ArgumentNullException.ThrowIfNull(variance);
        ArgumentNullException.ThrowIfNull(meanGradient);
        ArgumentNullException.ThrowIfNull(logVarianceGradient);
        using var scope = NewDisposeScope();
        using Scalar factor = weight, half = 0.5 * weight, minusHalf = -0.5 * weight;
        var squares = Squares(posterior, Widened(posterior, variance));
        long[] shape = squares.shape;
        var logScales = LogScales(shape, squares.dtype, squares.device);
        var precision = Precisions(logScales, shape);
        if (precision.ndim > 0)
            precision = precision.expand(shape).reshape(posterior.Shape);
        meanGradient.addcmul_(posterior.Mean, precision, factor);
        logVarianceGradient.addcmul_(variance, precision, half).add_(minusHalf, Scalars.One);
        if (_state is not null)
            AddScaleGradients(squares, logScales, weight);
        return Divergence(posterior, squares, logScales).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the logarithms of E[1/scale²]^(−½), a tensor for each kind of scale.</summary>
    private protected abstract Tensor[] LogScales(long[] shape, ScalarType dtype, Device device);

    /// <summary>Computes E[1/scale²] of each weight: a tensor that broadcasts to the weights' shape.</summary>
    private protected abstract Tensor Precisions(Tensor[] logScales, long[] shape);

    /// <summary>Computes the KL divergence without its term −½ Σ log_var.</summary>
    /// <param name="squares">mu² + sigma² of each weight.</param>
    /// <param name="logScales">The result of <see cref="LogScales"/>.</param>
    private protected abstract Tensor Divergence(Tensor squares, Tensor[] logScales);

    /// <summary>Adds the gradient of <see cref="Divergence(Tensor, Tensor[])"/>, times a weight, to the gradients of the learned scales.</summary>
    private protected abstract void AddScaleGradients(Tensor squares, Tensor[] logScales, double weight);

    /// <summary>Returns the logarithm of E[1/scale²]^(−½), learned or at its start.</summary>
    private protected Tensor LogScale(string key, MirroredRange range, double start, long[] shape, ScalarType dtype, Device device)
    {
        if (_state is not null)
            return range.Mirror(_state.Learned(key).to(dtype));
        using Scalar log = Math.Log(start);
        return full(shape, log, dtype, device);
    }

    /// <summary>Adds to the gradient of a learned scale. Does nothing if the scale is frozen.</summary>
    /// <param name="key">The name of the scale.</param>
    /// <param name="range">The range of the scale.</param>
    /// <param name="gradient">The gradient with respect to the result of <see cref="LogScale"/>.</param>
    /// <param name="weight">The factor of the gradient.</param>
    private protected void AddGradient(string key, MirroredRange range, Tensor gradient, double weight)
    {
        var learned = _state!.Learned(key);
        if (!learned.requires_grad)
            return;
        using Scalar factor = weight;
        AddTo(learned, gradient.mul(range.Slope(learned.to(gradient.dtype))).mul(factor).to(learned.dtype));
    }

    /// <summary>
    /// Determines whether managed code can compute the divergence: this is the prior of one tensor of that many weights, what it learns is in this
    /// type on the CPU, and one thread computes sums over the weights.
    /// </summary>
    private protected bool HasBlocks<T>(long length)
    {
        var type = typeof(T) == typeof(double) ? ScalarType.Float64 : ScalarType.Float32;
        return _state is not null && Shapes.Count(_shape!) == length && Blocks.IsOnOneThread(length)
            && _state.parameters().All(parameter => parameter.IsPlain(type));
    }

    /// <summary>Reads the logarithms of E[1/scale²]^(−½) of one kind of scale.</summary>
    private protected void ReadLogScales<T>(string key, MirroredRange range, Span<double> logScales) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var learned = _state!.Learned(key);
        Vectors.ToDoubles<T>(learned.AsSpan<T>(), logScales);
        GC.KeepAlive(learned);
        foreach (ref double log in logScales)
            log = range.Mirror(log);
    }

    /// <summary>Adds to the gradients of one kind of scale. Does nothing if it is frozen.</summary>
    /// <param name="key">The name of the scale.</param>
    /// <param name="range">The range of the scale.</param>
    /// <param name="gradients">The gradients with respect to the result of <see cref="ReadLogScales"/>.</param>
    /// <param name="weight">The factor of the gradient.</param>
    private protected void AddGradients<T>(string key, MirroredRange range, ReadOnlySpan<double> gradients, double weight)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var learned = _state!.Learned(key);
        if (!learned.requires_grad)
            return;
        using var scope = NewDisposeScope();
        var added = empty(learned.shape, learned.dtype, CPU);
        Span<T> numbers = added.AsSpan<T>(), logs = learned.AsSpan<T>();
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = T.CreateTruncating(gradients[i] * weight * range.Slope(double.CreateTruncating(logs[i])));
        GC.KeepAlive(learned);
        AddTo(learned, added);
    }

    private static void AddTo(Tensor learned, Tensor gradient)
    {
        if (learned.grad is { } sum)
            sum.add_(gradient, Scalars.One);
        else
            learned.grad = gradient;
    }

    private protected static void Learn(PriorState state, string key, double start, long[] shape, ScalarType dtype)
    {
        using Scalar log = Math.Log(start);
        state.Learn(key, full(shape, log, dtype, CPU));
    }

    private protected static Tensor Precision(Tensor logScale) => logScale.mul(Scalars.MinusTwo).exp();

    private Tensor Divergence(MeanFieldNormal posterior, Tensor squares, Tensor[] logScales) =>
        Divergence(squares, logScales).add(posterior.LogVariance.sum(squares.dtype), Scalars.MinusHalf);

    // Returns mu² + sigma² of each weight in the type of sums.
    private Tensor Squares(MeanFieldNormal posterior, Tensor variance)
    {
        if (_shape is not null)
            Require.WeightShape(posterior.Shape, _shape);
        var mean = posterior.Mean.to(variance.dtype);
        return addcmul(variance, mean, mean, Scalars.One).reshape(_shape ?? posterior.Shape).to(posterior.Mean.dtype.ForSums());
    }
}
