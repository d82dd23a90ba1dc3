using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>y ~ N(f, stddev²), with the same noise for every input. The standard deviation is given, or learned (<see cref="Learned"/>).</summary>
/// <remarks>The parameter of a learned standard deviation is <c>log_stddev</c>, its logarithm.</remarks>
/// <inheritdoc/>
public sealed class GaussianLikelihood : LocationScaleLikelihood
{
    private const string ScaleName = "stddev";
    private static readonly Scalar MinusLogOfRootOfTwoPi = -StandardNormal.LogOfRootOfTwoPi;

    /// <summary>Creates a likelihood with a known standard deviation.</summary>
    /// <param name="stddev">The standard deviation (not the variance) of the noise, in the target's unit; above 0 and finite.</param>
    /// <param name="validate">
    /// Whether every call checks that targets are finite. On CUDA the check waits for the device; turn it off for data that was checked before.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The standard deviation is outside its range.</exception>
    public GaussianLikelihood(double stddev, bool validate = true) : this([stddev], validate)
    {
    }

    /// <summary>Creates a likelihood with a known standard deviation for each target dimension.</summary>
    /// <param name="stddevs">The standard deviations (not the variances) of the target dimensions, in the target's unit; each above 0 and
    /// finite.</param>
    /// <param name="validate">Whether every call checks that targets are finite.</param>
    /// <param name="channelAxis">The axis of the target dimensions in an output, counted from the last axis and so below 0; needed if an example
    /// has several axes.</param>
    /// <exception cref="ArgumentException">There are no standard deviations, or one is outside its range.</exception>
    public GaussianLikelihood(IReadOnlyList<double> stddevs, bool validate = true, int? channelAxis = null)
        : this(new FixedScale(stddevs, ScaleName, channelAxis), validate)
    {
    }

    private GaussianLikelihood(NoiseScale stddev, bool validate) : base(stddev, validate)
    {
    }

    /// <summary>
    /// Creates a likelihood whose standard deviation is learned with the network, by maximum likelihood under the posterior. Its parameter belongs
    /// to the loss. It is mirrored at the ends of a range: it never leaves the range, and always has a gradient.
    /// </summary>
    /// <param name="initialStddev">The initial standard deviation, in the target's unit, above 0: the target's own is a good choice.</param>
    /// <param name="outputs">1 for one standard deviation for all elements of a target; D for one for each target dimension.</param>
    /// <param name="minStddev">The low end of the range, above 0; a ten-thousandth of the initial value by default.</param>
    /// <param name="maxStddev">The high end of the range; ten thousand times the initial value by default.</param>
    /// <param name="device">The parameter's device; torch's default device by default.</param>
    /// <param name="dtype">The parameter's element type; torch's default type by default.</param>
    /// <param name="validate">Whether every call checks that targets are finite.</param>
    /// <param name="channelAxis">The axis of the target dimensions in an output, counted from the last axis and so below 0; needed if an example
    /// has several axes.</param>
    /// <exception cref="ArgumentException">The initial value is not within the range, a number is not positive and finite, or the device is not
    /// available.</exception>
    public static GaussianLikelihood Learned(
        double initialStddev = 1,
        long outputs = 1,
        double? minStddev = null,
        double? maxStddev = null,
        Device? device = null,
        ScalarType? dtype = null,
        bool validate = true,
        int? channelAxis = null) =>
        new(new LearnedScale(ScaleName, initialStddev, outputs, minStddev, maxStddev, device, dtype, channelAxis), validate);

    /// <summary>Gets the current standard deviation of the noise, in the target's unit.</summary>
    /// <exception cref="InvalidOperationException">There is one for each target dimension: <see cref="Stddevs"/>.</exception>
    public double Stddev => Noise.Single(nameof(Stddev));

    /// <summary>Gets the current standard deviations of the noise, in the target's unit: one, or one for each target dimension.</summary>
    public IReadOnlyList<double> Stddevs => Noise.Values;

    /// <inheritdoc/>
    protected internal override Tensor ExpectedLogProbability(Tensor mean, Tensor variance, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(variance);
        using var scope = NewDisposeScope();
        int leading = LeadingAxes(mean, target);
        RequireTarget(target);
        var wide = mean.Widened();
        var (scale, log) = Noise.Along(wide, leading);
        // Divide before squaring: the square of a small scale may be 0.
        var score = target.to(wide.dtype).add(wide, Scalars.MinusOne).div(scale);
        var each = score.mul(score).add(variance.div(scale).div(scale), Scalars.One).mul(Scalars.MinusHalf).add(log, Scalars.MinusOne)
            .add(MinusLogOfRootOfTwoPi, Scalars.One);
        return SumOverExample(each, leading).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override bool HasNormalNoise => true;

    /// <inheritdoc/>
    internal override double? NoiseStddev => Noise.Count == 1 ? Stddev : null;

    /// <inheritdoc/>
    internal override Likelihood WithNoiseStddev(double stddev) => new GaussianLikelihood(stddev);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(GaussianLikelihood)}({ScaleName}={Noise.Options})";

    /// <inheritdoc/>
    private protected override double StandardVariance => 1;

    /// <inheritdoc/>
    private protected override double StandardInformation => 1;

    /// <summary>Returns −½ e² − ½ log 2π.</summary>
    /// <inheritdoc/>
    private protected override Tensor LogDensity(Tensor e)
    {
        using var scope = NewDisposeScope();
        return e.mul(e).mul(Scalars.MinusHalf).add(MinusLogOfRootOfTwoPi, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    private protected override (double LogDensity, double Slope) LogDensity(double e) => (-0.5 * e * e - StandardNormal.LogOfRootOfTwoPi, -e);

    /// <inheritdoc/>
    private protected override Tensor StandardCumulative(Tensor value) => special.ndtr(value);

    /// <inheritdoc/>
    private protected override double StandardQuantile(double level) => StandardNormal.Quantile(level);

    /// <inheritdoc/>
    private protected override LocationScaleMixture MixtureOf(int count) => new NormalMixture(count);

    /// <inheritdoc/>
    private protected override Likelihood With(NoiseScale scale, bool validate) => new GaussianLikelihood(scale, validate);
}
