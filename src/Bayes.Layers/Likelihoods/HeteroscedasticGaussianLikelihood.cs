using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// y ~ N(m, v) with both m and log v from the network, so the noise may depend on the input (Kendall &amp; Gal 2017, "What
/// Uncertainties Do We Need in Bayesian Deep Learning for Computer Vision?", §3.1): regression. For targets <c>[B, D]</c> the
/// network returns <c>[B, 2 D]</c>: D means, then the logarithms of D variances.
/// </summary>
/// <remarks>
/// If each place of an example has targets, the option <c>channelAxis</c> names the axis of the 2 D numbers: −3 for images <c>[B, 2 D, H, W]</c>
/// with targets <c>[B, D, H, W]</c>, −2 for sequences <c>[B, 2 D, L]</c>, −1 for <c>[B, T, 2 D]</c>, the output of a recurrent network.
/// <para>A log v beyond ±40, a standard deviation of 2 · 10⁻⁹ or 5 · 10⁸, counts as ±40, so neither the density nor the square of a
/// gradient, which optimizers keep, is infinite in single precision; it keeps its gradient, which brings it back. Scale targets of such
/// sizes.</para>
/// </remarks>
public sealed class HeteroscedasticGaussianLikelihood : ContinuousLikelihood, IOutputGradient
{
    private static readonly Scalar LogTwoPi = 2 * StandardNormal.LogOfRootOfTwoPi;
    private const double LargestLog = 40, SmallestLog = -LargestLog;

    private static readonly Scalar LargestLogVariance = LargestLog;
    private static readonly Scalar SmallestLogVariance = SmallestLog;

    private readonly bool _validate;
    private readonly ChannelAxis _axis;

    /// <summary>Creates a normal likelihood over means and log-variances.</summary>
    /// <param name="validate">
    /// Whether every call checks that targets are finite. On CUDA the check waits for the device; turn it off for data that was checked before.
    /// </param>
    /// <param name="channelAxis">
    /// The axis of means and log-variances in an output, counted from the last axis and so below 0: see the remarks. By default the last one; an
    /// output with more than one axis after the batch needs a named axis.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="channelAxis"/> is not below 0.</exception>
    public HeteroscedasticGaussianLikelihood(bool validate = true, int? channelAxis = null)
    {
        _axis = new ChannelAxis(channelAxis, nameof(channelAxis), "means and log-variances");
        _validate = validate;
    }

    /// <summary>Gets the axis of means and log-variances in an output, counted from the last one; null if it was not named.</summary>
    public int? ChannelAxis => _axis.Named;

    /// <summary>Returns −½ (log 2π + log v + (y − m)² / v), in nats, summed over the axes of one example.</summary>
    /// <param name="output">Means and log-variances: <c>[B, 2 D]</c> of one pass or <c>[S, B, 2 D]</c> of S passes; with <c>channelAxis: -3</c>
    /// <c>[B, 2 D, H, W]</c> or <c>[S, B, 2 D, H, W]</c>.</param>
    /// <param name="target">y: <c>[B, D]</c>, or <c>[B, D, H, W]</c>: the shape of one pass's means.</param>
    /// <returns><c>[B]</c> or <c>[S, B]</c>, differentiable in the output.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or the axis must be named.</exception>
    public override Tensor LogProbability(Tensor output, Tensor target)
    {
        using var scope = NewDisposeScope();
        var (mean, logVariance) = Split(output.Widened());
        int leading = LeadingAxes(mean, target, output.shape);
        _axis.RequireIn(output, leading);
        if (_validate)
            Require.AllFinite(target, nameof(target));
        // Divide before squaring: the square of a large difference may overflow single precision.
        var score = target.to(mean.dtype).add(mean, Scalars.MinusOne).mul(logVariance.mul(Scalars.MinusHalf).exp());
        var each = score.mul(score).add(logVariance, Scalars.One).add(LogTwoPi, Scalars.One).mul(Scalars.MinusHalf);
        return SumOverExample(each, leading).MoveToOuterDisposeScope();
    }

    /// <summary>Returns m.</summary>
    /// <inheritdoc/>
    public override Tensor Mean(Tensor output)
    {
        using var scope = NewDisposeScope();
        return Split(output).Mean.MoveToOuterDisposeScope();
    }

    /// <summary>Returns v.</summary>
    /// <inheritdoc/>
    public override Tensor Variance(Tensor output)
    {
        using var scope = NewDisposeScope();
        return Split(output).LogVariance.exp().MoveToOuterDisposeScope();
    }

    /// <summary>Returns Φ((value − m) / √v).</summary>
    /// <inheritdoc/>
    public override Tensor CumulativeProbability(Tensor output, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        using var scope = NewDisposeScope();
        var (mean, logVariance) = Split(output);
        RequireValue(mean, value);
        return special.ndtr(value.add(mean, Scalars.MinusOne).mul(logVariance.mul(Scalars.MinusHalf).exp())).MoveToOuterDisposeScope();
    }

    /// <summary>Returns m + √v Φ⁻¹(level).</summary>
    /// <inheritdoc/>
    public override Tensor Quantile(Tensor output, double level)
    {
        using var scope = NewDisposeScope();
        var (mean, logVariance) = Split(output);
        using Scalar score = StandardNormal.Quantile(Require.Mass(level));
        return mean.add(logVariance.mul(Scalars.Half).exp(), score).MoveToOuterDisposeScope();
    }

    bool IOutputGradient.Takes(Tensor target, int rows, int width, ScalarType dtype) =>
        _axis.IsLast && width % 2 == 0 && ManagedTargets.Like(target, rows, width / 2, dtype) && ManagedTargets.AreFinite(target);

    double IOutputGradient.NegativeLogProbability<T>(
        ReadOnlySpan<T> output, int width, Tensor target, ReadOnlySpan<double> weights, Span<T> gradient, Span<double> learnedGradient)
    {
        var targets = target.AsSpan<T>();
        int outputs = width / 2;
        double sum = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            int row = i / outputs, place = row * width + i % outputs;
            double logVariance = double.CreateTruncating(output[place + outputs]), weight = weights.IsEmpty ? 1 : weights[row];
            // A NaN stays one.
            logVariance = Math.Clamp(logVariance, SmallestLog, LargestLog);
            double root = Math.Exp(-0.5 * logVariance);
            double score = (double.CreateTruncating(targets[i]) - double.CreateTruncating(output[place])) * root;
            gradient[place] = T.CreateTruncating(-weight * score * root);
            gradient[place + outputs] = T.CreateTruncating(0.5 * weight * (1 - score * score));
            sum += weight * (0.5 * (score * score + logVariance) + StandardNormal.LogOfRootOfTwoPi);
        }
        return sum;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        ChannelAxis is null ? nameof(HeteroscedasticGaussianLikelihood) : $"{nameof(HeteroscedasticGaussianLikelihood)}({_axis})";

    /// <inheritdoc/>
    protected internal override string? RefusalOf(nn.Module lastModule) =>
        OutputLinks.GivesNonNegative(lastModule) ? "takes the logarithms of variances, which may be below 0; leave the module out"
        : OutputLinks.GivesLogProbabilities(lastModule) ? "takes the logarithms of variances, which may be above 0; leave the module out"
        : null;

    /// <inheritdoc/>
    internal override LocationScaleComponents? ComponentsOf(Tensor outputs)
    {
        using var scope = NewDisposeScope();
        var (mean, logVariance) = Split(outputs);
        return new LocationScaleComponents(
            mean.MoveToOuterDisposeScope(), logVariance.mul(Scalars.Half).exp().MoveToOuterDisposeScope(), count => new NormalMixture(count),
            StandardNormal.Quantile);
    }

    /// <inheritdoc/>
    internal override OutputCurvature? CurvatureOf(Tensor output, Tensor? target)
    {
        using var scope = NewDisposeScope();
        var (_, logVariance) = Split(output.Widened());
        _axis.RequireIn(output, leading: 1);
        // ½ with a NaN where the log-variance is one.
        var ofLogVariance = logVariance.mul(Scalars.Zero).add(Scalars.Half, Scalars.One);
        return OutputCurvature.OfEach(cat([logVariance.neg().exp(), ofLogVariance], _axis.Index)).MoveToOuter(scope);
    }

    /// <inheritdoc/>
    protected internal override Tensor ExpectedLogProbability(Tensor mean, Tensor variance, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(variance);
        using var scope = NewDisposeScope();
        var (center, logVariance) = Split(mean.Widened());
        var (ofMean, ofLogVariance) = Halves(variance.Widened());
        int leading = LeadingAxes(center, target, mean.shape);
        _axis.RequireIn(mean, leading);
        if (_validate)
            Require.AllFinite(target, nameof(target));
        var precisionRoot = logVariance.add(ofLogVariance, Scalars.MinusHalf).ClampKeepingGradient(SmallestLogVariance, LargestLogVariance)
            .mul(Scalars.MinusHalf).exp();
        // Divide before squaring: the square of a large difference may overflow single precision.
        var score = target.to(center.dtype).add(center, Scalars.MinusOne).mul(precisionRoot);
        var each = score.mul(score).add(ofMean.mul(precisionRoot).mul(precisionRoot), Scalars.One).add(logVariance, Scalars.One)
            .add(LogTwoPi, Scalars.One).mul(Scalars.MinusHalf);
        return SumOverExample(each, leading).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override bool NeedsIndependentOutputs => true;

    /// <summary>Returns the means, and m₂ + v₂ / 2, the logarithm of the expected variance.</summary>
    /// <inheritdoc/>
    internal override Tensor? OutputUnderNormal(Tensor mean, Tensor variance)
    {
        using var scope = NewDisposeScope();
        var (center, logVariance) = Halves(mean);
        return cat([center, logVariance.add(Halves(variance).LogVariance, Scalars.Half)], _axis.Index).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override Tensor VarianceOfMean(Tensor outputVariance) => Halves(outputVariance).Mean;

    /// <inheritdoc/>
    internal override void RequireOutputs(Tensor outputs) => _axis.RequireIn(outputs, leading: 2);

    private (Tensor Mean, Tensor LogVariance) Split(Tensor output)
    {
        var (mean, logVariance) = Halves(output);
        return (mean, logVariance.ClampKeepingGradient(SmallestLogVariance, LargestLogVariance));
    }

    private (Tensor Mean, Tensor LogVariance) Halves(Tensor output)
    {
        _axis.RequireIn(output);
        int axis = _axis.Index;
        long size = output.shape[^-axis];
        if (size == 0 || size % 2 != 0)
            throw new ArgumentException(
                $"The output has shape {Shapes.Describe(output.shape)}; expected an even {(_axis.IsLast ? "last axis" : $"axis {axis}")}: "
                + $"D means, then D log-variances.", nameof(output));
        return (output.narrow(axis, 0, size / 2), output.narrow(axis, size / 2, size / 2));
    }
}
