using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// y = f + scale · t, where t has Student's distribution: regression that is robust to outliers, more so with fewer degrees of freedom (Lange,
/// Little &amp; Taylor 1989, "Robust Statistical Modeling Using the t Distribution"). The scale is given, or learned (<see cref="Learned"/>).
/// </summary>
/// <remarks>
/// The scale is not the standard deviation of the noise, which is scale · √(ν / (ν − 2)), and infinite for ν ≤ 2. The aleatoric and the
/// total variance of a prediction are then infinite too; its intervals are finite. The parameter of a learned scale is <c>log_scale</c>, its
/// logarithm.
/// </remarks>
/// <inheritdoc/>
public sealed class StudentTLikelihood : LocationScaleLikelihood
{
    private const string ScaleName = "scale";

    // The squares of these are finite; from here on, 1 + e² / ν equals e² / ν in floating point.
    private static readonly Scalar FarInDouble = 1e150, FarInSingle = 1e18, InverseFarInDouble = 1e-150, InverseFarInSingle = 1e-18;

    private readonly StudentT _t;
    private readonly Scalar _logDensityAtZero;
    private readonly Scalar _perDegree;
    private readonly Scalar _exponent;

    /// <summary>Creates a likelihood with a known scale.</summary>
    /// <param name="degreesOfFreedom">
    /// ν, above 1 and finite; a distribution with ν of 1 or below has no mean to predict. Small for many outliers, such as 4; from 30 on the
    /// noise is almost normal.
    /// </param>
    /// <param name="scale">The scale (not the standard deviation) of the noise, in the target's unit; above 0 and finite.</param>
    /// <param name="validate">
    /// Whether every call checks that targets are finite. On CUDA the check waits for the device; turn it off for data that was checked before.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public StudentTLikelihood(double degreesOfFreedom, double scale, bool validate = true) : this(degreesOfFreedom, [scale], validate)
    {
    }

    /// <summary>Creates a likelihood with a known scale for each target dimension.</summary>
    /// <param name="degreesOfFreedom">ν, above 1 and finite.</param>
    /// <param name="scales">The scales (not the standard deviations) of the target dimensions, in the target's unit; each above 0 and
    /// finite.</param>
    /// <param name="validate">Whether every call checks that targets are finite.</param>
    /// <param name="channelAxis">The axis of the target dimensions in an output, counted from the last axis and so below 0; needed if an example
    /// has several axes.</param>
    /// <exception cref="ArgumentException">There are no scales, or a number is outside its range.</exception>
    public StudentTLikelihood(double degreesOfFreedom, IReadOnlyList<double> scales, bool validate = true, int? channelAxis = null)
        : this(degreesOfFreedom, new FixedScale(scales, ScaleName, channelAxis), validate)
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
    /// Creates a likelihood whose scale is learned with the network, by maximum likelihood under the posterior. Its parameter belongs to the loss.
    /// It is mirrored at the ends of a range: it never leaves the range, and always has a gradient.
    /// </summary>
    /// <param name="degreesOfFreedom">ν, above 1 and finite; not learned.</param>
    /// <param name="initialScale">The initial scale, in the target's unit, above 0: the target's standard deviation is a good choice.</param>
    /// <param name="outputs">1 for one scale for all elements of a target; D for one for each target dimension.</param>
    /// <param name="minScale">The low end of the range, above 0; a ten-thousandth of the initial value by default.</param>
    /// <param name="maxScale">The high end of the range; ten thousand times the initial value by default.</param>
    /// <param name="device">The parameter's device; torch's default device by default.</param>
    /// <param name="dtype">The parameter's element type; torch's default type by default.</param>
    /// <param name="validate">Whether every call checks that targets are finite.</param>
    /// <param name="channelAxis">The axis of the target dimensions in an output, counted from the last axis and so below 0; needed if an example
    /// has several axes.</param>
    /// <exception cref="ArgumentException">The initial value is not within the range, another number is outside its own, or the device is not
    /// available.</exception>
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
        // Check before creating the parameter, which an exception would leave undisposed.
        new(WithMean(degreesOfFreedom), new LearnedScale(ScaleName, initialScale, outputs, minScale, maxScale, device, dtype, channelAxis),
            validate);

    private static double WithMean(double degreesOfFreedom) =>
        degreesOfFreedom > 1 && double.IsFinite(degreesOfFreedom)
            ? degreesOfFreedom
            : throw new ArgumentOutOfRangeException(
                nameof(degreesOfFreedom), degreesOfFreedom,
                $"degreesOfFreedom is {degreesOfFreedom}; expected a finite number above 1, because otherwise there is no mean to predict.");

    /// <summary>Gets ν, the degrees of freedom.</summary>
    public double DegreesOfFreedom { get; }

    /// <summary>Gets the current scale of the noise, in the target's unit.</summary>
    /// <exception cref="InvalidOperationException">There is one for each target dimension: <see cref="Scales"/>.</exception>
    public double Scale => Noise.Single(nameof(Scale));

    /// <summary>Gets the current scales of the noise, in the target's unit: one, or one for each target dimension.</summary>
    public IReadOnlyList<double> Scales => Noise.Values;

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{nameof(StudentTLikelihood)}(degreesOfFreedom={DegreesOfFreedom}, {ScaleName}={Noise.Options})");

    /// <summary>Gets ν / (ν − 2); positive infinity for ν ≤ 2.</summary>
    /// <inheritdoc/>
    private protected override double StandardVariance => DegreesOfFreedom > 2 ? DegreesOfFreedom / (DegreesOfFreedom - 2) : double.PositiveInfinity;

    /// <summary>Gets (ν + 1) / (ν + 3).</summary>
    /// <inheritdoc/>
    private protected override double StandardInformation => (DegreesOfFreedom + 1) / (DegreesOfFreedom + 3);

    /// <summary>
    /// Returns log Γ((ν + 1) / 2) − log Γ(ν / 2) − ½ log πν − ½ (ν + 1) log(1 + e² / ν), finite even if e² is not.
    /// </summary>
    /// <inheritdoc/>
    private protected override Tensor LogDensity(Tensor e)
    {
        using var scope = NewDisposeScope();
        var (far, inverseFar) = e.dtype == ScalarType.Float64 ? (FarInDouble, InverseFarInDouble) : (FarInSingle, InverseFarInSingle);
        var size = e.abs();
        var near = size.clamp_max(far);
        // The factor that the clamp removed, which is 1 except for extreme outliers.
        var logOfRest = size.mul(inverseFar).clamp_min(Scalars.One).log().mul(Scalars.Two);
        var density = near.mul(near).mul(_perDegree).log1p().add(logOfRest, Scalars.One).mul(_exponent).add(_logDensityAtZero, Scalars.One);
        return density.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    private protected override (double LogDensity, double Slope) LogDensity(double e)
    {
        // Divide before squaring, as the square of a large e is not finite.
        double ratio = e / Math.Sqrt(DegreesOfFreedom), square = ratio * ratio;
        double log = double.IsPositiveInfinity(square) ? 2 * Math.Log(Math.Abs(ratio)) : double.LogP1(square);
        double slope = Math.Abs(ratio) > 1 ? 1 / (e * (1 + 1 / square)) : e / (DegreesOfFreedom * (1 + square));
        return (_t.LogDensityAtZero - (DegreesOfFreedom + 1) / 2 * log, -(DegreesOfFreedom + 1) * slope);
    }

    // In managed code, because torch does not have this function.
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
    private protected override LocationScaleMixture MixtureOf(int count) => new StudentTMixture(_t, count);

    /// <inheritdoc/>
    private protected override Likelihood With(NoiseScale scale, bool validate) => new StudentTLikelihood(DegreesOfFreedom, scale, validate);
}
