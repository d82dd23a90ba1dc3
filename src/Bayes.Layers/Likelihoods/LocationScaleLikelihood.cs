using System.Runtime.CompilerServices;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// y = f + scale · e, where e has the same distribution for every input: regression. The scale is given, or learned with the network: one for
/// all elements of a target, or one for each target dimension. Output and target are <c>[B, …]</c>, real numbers.
/// </summary>
/// <remarks>
/// Several scales apply along the last axis, <c>[B, D]</c>. If an example has more axes, the option <c>channelAxis</c> names the axis of the
/// target dimensions: −3 for images <c>[B, D, H, W]</c>, −2 for sequences <c>[B, D, L]</c>, −1 for <c>[B, T, D]</c>.
/// <para>A learned scale is a parameter of the <c>ElboLoss</c> that receives the likelihood: optimize, move, save and
/// dispose it with the loss. Otherwise immutable.</para>
/// </remarks>
public abstract class LocationScaleLikelihood : ContinuousLikelihood, ILaneMoments, IOutputGradient
{
    private const int MostOnStack = 64;

    private readonly bool _validate;

    private protected LocationScaleLikelihood(NoiseScale scale, bool validate)
    {
        Noise = scale;
        _validate = validate;
    }

    /// <inheritdoc/>
    public sealed override nn.Module? Parameters => Noise.Parameters;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The learned scale is not finite.</exception>
    public sealed override Likelihood Frozen() => Parameters is null ? this : With(Noise.Frozen(), _validate);

    /// <summary>Returns log p((y − f) / scale) − log scale, in nats, summed over the axes of one example; p is the density of e.</summary>
    /// <inheritdoc/>
    public sealed override Tensor LogProbability(Tensor output, Tensor target)
    {
        int leading = LeadingAxes(output, target);
        RequireTarget(target);
        using var scope = NewDisposeScope();
        var wide = output.Widened();
        var (scale, log) = Noise.Along(wide, leading);
        var each = LogDensity(Score(wide, target.to(wide.dtype), scale)).add(log, Scalars.MinusOne);
        return SumOverExample(each, leading).MoveToOuterDisposeScope();
    }

    /// <summary>Returns f.</summary>
    /// <inheritdoc/>
    public sealed override Tensor Mean(Tensor output)
    {
        Require.Output(output);
        return output.alias();
    }

    /// <summary>Returns scale² Var[e], the same for every input; NaN for outputs that are NaN.</summary>
    /// <inheritdoc/>
    public sealed override Tensor Variance(Tensor output)
    {
        using var scope = NewDisposeScope();
        using Scalar variance = StandardVariance;
        var (scale, _) = Noise.Along(output);
        return scale.mul(scale).mul(variance).expand_as(output).masked_fill(output.isnan(), Scalars.NaN).MoveToOuterDisposeScope();
    }

    /// <summary>Returns P(e ≤ (value − f) / scale).</summary>
    /// <inheritdoc/>
    public sealed override Tensor CumulativeProbability(Tensor output, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        using var scope = NewDisposeScope();
        var (scale, _) = Noise.Along(output);
        RequireValue(output, value);
        return StandardCumulative(Score(output, value, scale)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns f + scale · the quantile of e.</summary>
    /// <inheritdoc/>
    public sealed override Tensor Quantile(Tensor output, double level)
    {
        using var scope = NewDisposeScope();
        var (scale, _) = Noise.Along(output);
        // The quantile of a level next to 0 or 1 may exceed the type's range.
        double largest = output.dtype.Largest();
        using Scalar quantile = Math.Clamp(StandardQuantile(Require.Mass(level)), -largest, largest);
        return output.add(scale, quantile).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal sealed override LocationScaleComponents? ComponentsOf(Tensor outputs)
    {
        using var scope = NewDisposeScope();
        var scales = Noise.Along(outputs).Scale.expand_as(outputs);
        return new LocationScaleComponents(Mean(outputs).MoveToOuterDisposeScope(), scales.MoveToOuterDisposeScope(), MixtureOf, StandardQuantile);
    }

    /// <inheritdoc/>
    internal sealed override OutputCurvature? CurvatureOf(Tensor output, Tensor? target)
    {
        using var scope = NewDisposeScope();
        Require.Output(output);
        using Scalar information = StandardInformation;
        var wide = output.Widened();
        var (scale, _) = Noise.Along(wide, leading: 1);
        // Divide before squaring: the square of a small scale may be 0.
        var inverse = scale.reciprocal();
        // A NaN stays in its row.
        var each = inverse.mul(inverse).mul(information).expand_as(wide).masked_fill(wide.isnan(), Scalars.NaN);
        return OutputCurvature.OfEach(each).MoveToOuter(scope);
    }

    /// <summary>Gets the axis of the target dimensions in an output, counted from the last one; null if it was not named.</summary>
    public int? ChannelAxis => Noise.Axis.Named;

    /// <inheritdoc/>
    internal sealed override Tensor? OutputUnderNormal(Tensor mean, Tensor variance) => mean.alias();

    /// <inheritdoc/>
    internal sealed override void RequireOutputs(Tensor outputs) => Noise.RequireIn(outputs);

    /// <summary>Refuses targets that are not finite, if they are to be checked.</summary>
    private protected void RequireTarget(Tensor target)
    {
        if (_validate)
            Require.AllFinite(target, nameof(target));
    }

    /// <summary>Gets the scale.</summary>
    private protected NoiseScale Noise { get; }

    /// <inheritdoc/>
    internal sealed override (double Minimum, double Maximum)? LearnedRange => Noise.LearnedRange;

    /// <summary>Gets Var[e]; positive infinity if e has no variance.</summary>
    private protected abstract double StandardVariance { get; }

    /// <summary>Gets the Fisher information of the location of e: E[(∂ log p(e) / ∂e)²].</summary>
    private protected abstract double StandardInformation { get; }

    /// <summary>Returns log p(e), elementwise.</summary>
    private protected abstract Tensor LogDensity(Tensor e);

    /// <summary>Returns log p(e) and its derivative.</summary>
    private protected abstract (double LogDensity, double Slope) LogDensity(double e);

    /// <summary>Returns P(e ≤ value), elementwise.</summary>
    private protected abstract Tensor StandardCumulative(Tensor value);

    /// <summary>Returns the quantile of e.</summary>
    private protected abstract double StandardQuantile(double level);

    /// <summary>Creates a mixture of so many distributions of this kind.</summary>
    private protected abstract LocationScaleMixture MixtureOf(int count);

    /// <summary>Returns the same likelihood with another scale.</summary>
    private protected abstract Likelihood With(NoiseScale scale, bool validate);

    /// <inheritdoc/>
    protected internal sealed override string Settings => Noise.SettingsOf(ToString());

    int IOutputGradient.LearnedCount => Parameters is null ? 0 : (int)Noise.Count;

    bool IOutputGradient.Takes(Tensor target, int rows, int width, ScalarType dtype) =>
        Noise.IsReadable && Noise.FitIn(dtype) && Noise.FitsWidth(width) && ManagedTargets.Like(target, rows, width, dtype)
        && ManagedTargets.AreFinite(target);

    double IOutputGradient.NegativeLogProbability<T>(
        ReadOnlySpan<T> output, int width, Tensor target, ReadOnlySpan<double> weights, Span<T> gradient, Span<double> learnedGradient)
    {
        var targets = target.AsSpan<T>();
        int count = (int)Noise.Count;
        Span<double> scales = count <= MostOnStack ? stackalloc double[count] : new double[count];
        Span<double> logs = count <= MostOnStack ? stackalloc double[count] : new double[count];
        Noise.Read(scales);
        for (int i = 0; i < count; i++)
            logs[i] = Math.Log(scales[i]);
        double sum = 0;
        for (int i = 0; i < output.Length; i++)
        {
            int which = count == 1 ? 0 : i % width;
            double scale = scales[which], weight = weights.IsEmpty ? 1 : weights[i / width];
            double e = (double.CreateTruncating(targets[i]) - double.CreateTruncating(output[i])) / scale;
            var (log, slope) = LogDensity(e);
            gradient[i] = T.CreateTruncating(weight * slope / scale);
            sum += weight * (logs[which] - log);
            if (!learnedGradient.IsEmpty)
                learnedGradient[which] += weight * (1 + slope * e);
        }
        return sum;
    }

    void IOutputGradient.AddLearnedGradient(ReadOnlySpan<double> learnedGradient, double factor) => Noise.AddGradient(learnedGradient, factor);

    bool? ILaneMoments.HasEntropyOfEachFeature => null;

    bool ILaneMoments.Takes(int features) => Noise.FitsWidth(features) && Noise.FitIn(ScalarType.Float32);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void ILaneMoments.Moments<TLanes>(Span<TLanes> outputs, int features, Span<TLanes> variances)
    {
        int vectors = outputs.Length / features;
        var values = Noise.Values;
        for (int feature = 0; feature < features; feature++)
        {
            float scale = (float)values[values.Count == 1 ? 0 : feature];
            var variance = TLanes.Create(scale * scale * (float)StandardVariance);
            for (int i = feature * vectors; i < (feature + 1) * vectors; i++)
                variances[i] = TLanes.WhereNaN(outputs[i], outputs[i], variance);
        }
    }

    private static Tensor Score(Tensor output, Tensor value, Tensor scale) => value.add(output, Scalars.MinusOne).div(scale);
}
