using System.Globalization;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// y ∈ {0, 1, 2, …} with mean m = exp(f) and variance m + dispersion · m²: regression of counts that vary more than a Poisson variable, the
/// limit for a dispersion of 0 (Lawless 1987, "Negative Binomial and Mixed Poisson Regression"). It is a Poisson distribution whose rate is m times
/// a gamma variable of mean 1 and variance <c>dispersion</c>. The dispersion is given, or learned (<see cref="Learned"/>): one for all elements of
/// a target, or one for each target dimension.
/// </summary>
/// <remarks>
/// The parameter of a learned dispersion is <c>log_dispersion</c>, its logarithm; it belongs to the <c>ElboLoss</c> that
/// receives the likelihood: optimize, move, save and dispose it with the loss. Otherwise immutable. Elsewhere, 1 / dispersion is called the size,
/// theta, or number of failures.
/// <para>Several dispersions apply along the last axis, <c>[B, D]</c>. If an example has more axes, the option <c>channelAxis</c> names the axis
/// of the target dimensions: −3 for images <c>[B, D, H, W]</c>, −2 for sequences <c>[B, D, L]</c>, −1 for <c>[B, T, D]</c>.</para>
/// <para>An f above 40, a rate of 10¹⁷, counts as 40; it keeps its gradient, which brings it back.</para>
/// </remarks>
public sealed class NegativeBinomialLikelihood : CountLikelihood
{
    private const string ScaleName = "dispersion";

    // Below this range the distribution is Poisson's to the last digit; above it, almost all of its mass is at 0.
    private const double SmallestDispersion = 1e-12, LargestDispersion = 1e6;

    private readonly NoiseScale _dispersion;

    /// <summary>Creates a likelihood with a known dispersion.</summary>
    /// <param name="dispersion">The excess of the variance over the mean, divided by the squared mean; from 10⁻¹² to 10⁶.</param>
    /// <param name="validate">
    /// Whether every call checks that targets are whole numbers of at least 0. On CUDA the check waits for the device; turn it off for data that was
    /// checked before.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The dispersion is outside its range.</exception>
    public NegativeBinomialLikelihood(double dispersion, bool validate = true) : this([dispersion], validate)
    {
    }

    /// <summary>Creates a likelihood with a known dispersion for each target dimension.</summary>
    /// <param name="dispersions">The dispersions of the target dimensions; each from 10⁻¹² to 10⁶.</param>
    /// <param name="validate">Whether every call checks that targets are whole numbers of at least 0.</param>
    /// <param name="channelAxis">The axis of the target dimensions in an output, counted from the last axis and so below 0; needed if an example
    /// has several axes.</param>
    /// <exception cref="ArgumentException">There are no dispersions, or one is outside its range.</exception>
    public NegativeBinomialLikelihood(IReadOnlyList<double> dispersions, bool validate = true, int? channelAxis = null)
        : this(new FixedScale(Within(dispersions), ScaleName, channelAxis), validate)
    {
    }

    private NegativeBinomialLikelihood(NoiseScale dispersion, bool validate) : base(validate) => _dispersion = dispersion;

    /// <summary>
    /// Creates a likelihood whose dispersion is learned with the network, by maximum likelihood under the posterior. Its parameter belongs to the
    /// loss. It is mirrored at the ends of a range: it never leaves the range, and always has a gradient.
    /// </summary>
    /// <param name="initialDispersion">The initial dispersion; within the range.</param>
    /// <param name="outputs">1 for one dispersion for all elements of a target; D for one for each target dimension.</param>
    /// <param name="minDispersion">The low end of the range, at least 10⁻¹²; a ten-thousandth of the initial value by default.</param>
    /// <param name="maxDispersion">The high end of the range, at most 10⁶; ten thousand times the initial value by default.</param>
    /// <param name="device">The parameter's device; torch's default device by default.</param>
    /// <param name="dtype">The parameter's element type; torch's default type by default.</param>
    /// <param name="validate">Whether every call checks that targets are whole numbers of at least 0.</param>
    /// <param name="channelAxis">The axis of the target dimensions in an output, counted from the last axis and so below 0; needed if an example
    /// has several axes.</param>
    /// <exception cref="ArgumentException">The initial value is not within the range, another number is outside its own, or the device is not
    /// available.</exception>
    public static NegativeBinomialLikelihood Learned(
        double initialDispersion = 0.1,
        long outputs = 1,
        double? minDispersion = null,
        double? maxDispersion = null,
        Device? device = null,
        ScalarType? dtype = null,
        bool validate = true,
        int? channelAxis = null)
    {
        double smallest = Within(
            minDispersion ?? Math.Max(SmallestDispersion, initialDispersion / LearnedScale.DefaultFactor), nameof(minDispersion));
        double largest = Within(
            maxDispersion ?? Math.Min(LargestDispersion, initialDispersion * LearnedScale.DefaultFactor), nameof(maxDispersion));
        return new(new LearnedScale(ScaleName, initialDispersion, outputs, smallest, largest, device, dtype, channelAxis), validate);
    }

    /// <summary>Gets the current dispersion.</summary>
    /// <exception cref="InvalidOperationException">There is one for each target dimension: <see cref="Dispersions"/>.</exception>
    public double Dispersion => _dispersion.Single(nameof(Dispersion));

    /// <summary>Gets the current dispersions: one, or one for each target dimension.</summary>
    public IReadOnlyList<double> Dispersions => _dispersion.Values;

    /// <summary>Gets the axis of the target dimensions in an output, counted from the last one; null if it was not named.</summary>
    public int? ChannelAxis => _dispersion.Axis.Named;

    /// <inheritdoc/>
    public override nn.Module? Parameters => _dispersion.Parameters;

    /// <inheritdoc/>
    internal override (double Minimum, double Maximum)? LearnedRange => _dispersion.LearnedRange;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The learned dispersion is not finite.</exception>
    public override Likelihood Frozen() => Parameters is null ? this : new NegativeBinomialLikelihood(_dispersion.Frozen(), Validates);

    /// <summary>Returns m + dispersion · m².</summary>
    /// <inheritdoc/>
    public override Tensor Variance(Tensor output)
    {
        using var scope = NewDisposeScope();
        var mean = Mean(output);
        var (dispersion, _) = _dispersion.Along(output);
        return addcmul(mean, mean, mean.mul(dispersion), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override OutputCurvature? CurvatureOf(Tensor output, Tensor? target)
    {
        using var scope = NewDisposeScope();
        var mean = Mean(output.Widened());
        var (dispersion, _) = _dispersion.Along(mean, leading: 1);
        return OutputCurvature.OfEach(mean.div(mean.mul(dispersion).add(Scalars.One, Scalars.One))).MoveToOuter(scope);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(NegativeBinomialLikelihood)}({ScaleName}={_dispersion.Options})";

    /// <inheritdoc/>
    protected internal override string Settings => _dispersion.SettingsOf(ToString());

    /// <inheritdoc/>
    internal override void RequireOutputs(Tensor outputs) => _dispersion.RequireIn(outputs);

    /// <summary>
    /// Returns log Γ(y + r) − log Γ(r) − y log r − log y! + y f − (y + r) log(1 + a m), where a is the dispersion and r = 1 / a. The
    /// first three terms are computed together: their sum stays finite as a approaches 0.
    /// </summary>
    /// <inheritdoc/>
    private protected override Tensor LogMass(Tensor logRate, Tensor count, int leading) =>
        LogMass(logRate, count, _dispersion.Along(logRate, leading).Scale);

    /// <summary>Returns I_p(r, y + 1), p = 1 / (1 + a m), the regularized incomplete beta function, in managed code because torch does not have
    /// it.</summary>
    /// <inheritdoc/>
    private protected override CountRecursion Recursion(Tensor outputs)
    {
        using var scope = NewDisposeScope();
        var mean = Mean(outputs);
        var dispersion = _dispersion.Along(outputs).Scale;
        var product = mean.mul(dispersion);
        var more = product.add(Scalars.One, Scalars.One);
        return new CountRecursion(
            product.log1p().div(dispersion).neg().MoveToOuterDisposeScope(), mean.div(more).MoveToOuterDisposeScope(),
            product.div(more).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    private protected override Tensor Cumulative(Tensor logRate, Tensor count)
    {
        using var scope = NewDisposeScope();
        var dispersion = _dispersion.Along(logRate).Scale;
        var mass = LogMass(logRate, count, dispersion).exp();
        double[] masses = mass.ReadDoubles(), means = Like(logRate.exp()), counts = Like(count), dispersions = Like(dispersion);
        for (int i = 0; i < masses.Length; i++)
            masses[i] = NegativeBinomial.Cumulative(counts[i], means[i], dispersions[i], masses[i]);
        return tensor(masses, mass.shape, dtype: ScalarType.Float64, device: mass.device).MoveToOuterDisposeScope();

        double[] Like(Tensor values) => values.expand_as(mass).ReadDoubles();
    }

    private static Tensor LogMass(Tensor logRate, Tensor count, Tensor dispersion)
    {
        var size = dispersion.reciprocal();
        var logOfMore = logRate.exp().mul(dispersion).log1p();
        return LogRisingFactorial(count, dispersion, size).add(LogFactorial(count), Scalars.MinusOne)
            .add(count.mul(logRate), Scalars.One).add(count.add(size, Scalars.One).mul(logOfMore), Scalars.MinusOne);
    }

    // log Γ(y + r) − log Γ(r) − y log r. For a large r by Stirling's series, whose large terms cancel on paper.
    private static Tensor LogRisingFactorial(Tensor count, Tensor dispersion, Tensor size)
    {
        var sum = count.add(size, Scalars.One);
        var direct = sum.lgamma().add(size.lgamma(), Scalars.MinusOne).add(count.mul(size.log()), Scalars.MinusOne);
        var logRatio = count.mul(dispersion).log1p();
        var series = sum.add(Scalars.MinusHalf, Scalars.One).mul(logRatio).add(count, Scalars.MinusOne)
            .add(StirlingSeries(sum), Scalars.One).add(StirlingSeries(size), Scalars.MinusOne);
        return where(size.gt(SmallestForSeries), series, direct);
    }

    // From here on, the first omitted term is below 10⁻¹⁶.
    private static readonly Scalar SmallestForSeries = 30.0;
    private static readonly Scalar[] Stirling = [1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12];

    /// <summary>Returns log Γ(x) − (x − ½) log x + x − ½ log 2π = 1 / 12 x − 1 / 360 x³ + …</summary>
    private static Tensor StirlingSeries(Tensor x)
    {
        var inverse = x.clamp_min(SmallestForSeries).reciprocal();
        var square = inverse.mul(inverse);
        var sum = zeros_like(square);
        foreach (var coefficient in Stirling)
            sum = sum.mul(square).add(coefficient, Scalars.One);
        return sum.mul(inverse);
    }

    private static IReadOnlyList<double> Within(IReadOnlyList<double> dispersions)
    {
        ArgumentNullException.ThrowIfNull(dispersions);
        foreach (double dispersion in dispersions)
            Within(dispersion, ScaleName);
        return dispersions;
    }

    private static double Within(double value, string name) =>
        value is >= SmallestDispersion and <= LargestDispersion
            ? value
            : throw new ArgumentOutOfRangeException(
                name, value, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name} is {value}; expected a number from {SmallestDispersion} to {LargestDispersion}; use PoissonLikelihood for less."));
}
