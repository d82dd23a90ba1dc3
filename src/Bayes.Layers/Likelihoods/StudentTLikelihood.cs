using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// y = f + scale · t, where t has Student's distribution: regression whose fit outliers do not pull along, the less so the fewer the degrees
/// of freedom (Lange, Little &amp; Taylor 1989, "Robust Statistical Modeling Using the t Distribution"). The scale is given, or learned (<see cref="Learned"/>).
/// </summary>
/// <remarks>
/// The scale is not the standard deviation of the noise: that is scale · √(ν / (ν − 2)), and infinite for ν ≤ 2, where the aleatoric and
/// the total variance of a prediction are infinite too; its intervals are not. The parameter of a learned scale is <c>log_scale</c>, its
/// logarithm.
/// </remarks>
/// <inheritdoc/>
public sealed class StudentTLikelihood : LocationScaleLikelihood
{
    private const string NameOfScale = "scale";

    // The squares of these are finite; from here on 1 + e² / ν is e² / ν.
    private static readonly Scalar FarInDouble = 1e150, FarInSingle = 1e18, PerFarInDouble = 1e-150, PerFarInSingle = 1e-18;

    private readonly StudentT _t;
    private readonly Scalar _logDensityAtZero;
    private readonly Scalar _perDegree;
    private readonly Scalar _exponent;

    /// <summary>Noise of a known size.</summary>
    /// <param name="degreesOfFreedom">
    /// ν, above 1 and finite: without a mean, at 1 or below, there would be nothing to predict. Small for many outliers, as 4; from 30 on the noise is all but normal.
    /// </param>
    /// <param name="scale">The scale (not the standard deviation) of the noise, in the target's unit; above 0 and finite.</param>
    /// <param name="validate">
    /// Whether targets are checked to be finite at every call. On CUDA the check waits for the device; turn it off for data that was
    /// checked before.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public StudentTLikelihood(double degreesOfFreedom, double scale, bool validate = true) : this(degreesOfFreedom, [scale], validate)
    {
    }

    /// <summary>Noise of known sizes, one for each target dimension.</summary>
    /// <param name="degreesOfFreedom">ν, above 1 and finite.</param>
    /// <param name="scales">The scales (not the standard deviations) of the target dimensions, in the target's unit; each above 0 and
    /// finite.</param>
    /// <param name="validate">Whether targets are checked to be finite at every call.</param>
    /// <param name="channelAxis">The axis of the target dimensions in an output, counted from its last one and so below 0; needed if an example
    /// has several axes.</param>
    /// <exception cref="ArgumentException">There is no scale, or a number is outside its range.</exception>
    public StudentTLikelihood(double degreesOfFreedom, IReadOnlyList<double> scales, bool validate = true, int? channelAxis = null)
        : this(degreesOfFreedom, new FixedScale(scales, NameOfScale, channelAxis), validate)
    {
    }

    private StudentTLikelihood(double degreesOfFreedom, NoiseScale scale, bool validate) : base(scale, validate)
    {
        DegreesOfFreedom = WithMean(degreesOfFreedom);
        _t = new StudentT(degreesOfFreedom);
        _logDensityAtZero = _t.LogDensityAtZero;
        _perDegree = 1 / degreesOfFreedom;
        _exponent = -(degreesOfFreedom + 1) / 2;
    }

    /// <summary>
    /// Noise whose size is learned with the network, by maximum likelihood under the posterior: its parameter is the loss's. It stays
    /// within a range, mirrored at the ends: it cannot leave it, and always has a gradient by which it comes back.
    /// </summary>
    /// <param name="degreesOfFreedom">ν, above 1 and finite; not learned.</param>
    /// <param name="initialScale">Where the scale starts, in the target's unit: near the target's standard deviation is a good place. Above 0.</param>
    /// <param name="outputs">1 for one scale for all elements of a target; D for one for each target dimension.</param>
    /// <param name="minScale">The least it can be, above 0; a ten-thousandth of the initial value by default.</param>
    /// <param name="maxScale">The most it can be; ten thousand times the initial value by default.</param>
    /// <param name="device">Where the parameter lives; torch's default device by default.</param>
    /// <param name="dtype">Its element type; torch's default type by default.</param>
    /// <param name="validate">Whether targets are checked to be finite at every call.</param>
    /// <param name="channelAxis">The axis of the target dimensions in an output, counted from its last one and so below 0; needed if an example
    /// has several axes.</param>
    /// <exception cref="ArgumentException">The initial value is not within the range, a number is not in its own, or the device is not there.</exception>
    public static StudentTLikelihood Learned(
        double degreesOfFreedom,
        double initialScale = 1,
        long outputs = 1,
        double? minScale = null,
        double? maxScale = null,
        Device? device = null,
        ScalarType? dtype = null,
        bool validate = true,
        int? channelAxis = null) =>
        // Asked first, before there is a parameter that nobody would dispose.
        new(WithMean(degreesOfFreedom), new LearnedScale(NameOfScale, initialScale, outputs, minScale, maxScale, device, dtype, channelAxis),
            validate);

    private static double WithMean(double degreesOfFreedom) =>
        degreesOfFreedom > 1 && double.IsFinite(degreesOfFreedom)
            ? degreesOfFreedom
            : throw new ArgumentOutOfRangeException(
                nameof(degreesOfFreedom), degreesOfFreedom, $"degreesOfFreedom is {degreesOfFreedom}; expected a finite number above 1, or there is no mean to predict.");

    /// <summary>ν: how many observations the noise's own size would have been known from.</summary>
    public double DegreesOfFreedom { get; }

    /// <summary>The scale of the noise as it is now, in the target's unit.</summary>
    /// <exception cref="InvalidOperationException">There is one for each target dimension: <see cref="Scales"/>.</exception>
    public double Scale => Noise.Single(nameof(Scale));

    /// <summary>The scales of the noise as they are now, in the target's unit: one, or one for each target dimension.</summary>
    public IReadOnlyList<double> Scales => Noise.Values;

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{nameof(StudentTLikelihood)}(degreesOfFreedom={DegreesOfFreedom}, {NameOfScale}={Noise.Options})");

    /// <summary>ν / (ν − 2); positive infinity for ν ≤ 2.</summary>
    /// <inheritdoc/>
    private protected override double StandardVariance => DegreesOfFreedom > 2 ? DegreesOfFreedom / (DegreesOfFreedom - 2) : double.PositiveInfinity;

    /// <summary>log Γ((ν + 1) / 2) − log Γ(ν / 2) − ½ log πν − ½ (ν + 1) log(1 + e² / ν), finite also where e² is not.</summary>
    /// <inheritdoc/>
    private protected override Tensor LogDensity(Tensor e)
    {
        using var scope = NewDisposeScope();
        var (far, perFar) = e.dtype == ScalarType.Float64 ? (FarInDouble, PerFarInDouble) : (FarInSingle, PerFarInSingle);
        var size = e.abs();
        var near = size.clamp_max(far);
        // What the clamp took away, as a factor of e: 1 but for outliers that are out of all range.
        var logOfRest = size.mul(perFar).clamp_min(Scalars.One).log().mul(Scalars.Two);
        var density = near.mul(near).mul(_perDegree).log1p().add(logOfRest, Scalars.One).mul(_exponent).add(_logDensityAtZero, Scalars.One);
        return density.MoveToOuterDisposeScope();
    }

    // In managed code, since torch has no such function.
    /// <inheritdoc/>
    private protected override Tensor StandardCumulative(Tensor value)
    {
        using var scope = NewDisposeScope();
        double[] values = value.ReadDoubles();
        for (int i = 0; i < values.Length; i++)
            values[i] = _t.Cumulative(values[i]);
        return tensor(values, value.shape, dtype: value.dtype, device: value.device).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    private protected override double StandardQuantile(double level) => _t.Quantile(level);

    /// <inheritdoc/>
    private protected override Likelihood With(NoiseScale scale, bool validate) => new StudentTLikelihood(DegreesOfFreedom, scale, validate);
}
