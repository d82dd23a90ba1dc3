using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// w ~ N(0, tau²) with one tau for a weight tensor, learned with its weights: each layer finds how large its weights are, and how strongly they are
/// drawn to 0. A prior for small data, if no fixed scale suits all layers. The prior of tau² is scaled inverse χ²: the guess <see cref="Scale"/>,
/// worth <see cref="DegreesOfFreedom"/> weights.
/// </summary>
/// <remarks>
/// If it is the prior of a layer, weight and bias learn a tau each. The posterior of tau is log-normal. Its spread is the optimal one, 1 / (2 (n +
/// ν)) as a variance of log tau for n weights and ν degrees of freedom, for any data. Its location is learned, as the parameter <c>log_scale</c>:
/// the logarithm of E[1/tau²]^(−½), whose optimal square is (Σ(mu² + sigma²) + ν · scale²) / (n + ν), that of the exact posterior of tau given
/// q(w). The parameter is mirrored at the ends of its range, a factor of 10⁴ to either side of the guess: tau never leaves the range.
/// </remarks>
public sealed class LearnedScalePrior : HierarchicalNormalPrior
{
    private const string Key = "log_scale";

    private readonly MirroredRange _range;
    private readonly double _logNormalizer;

    /// <summary>Creates a prior with a learned scale.</summary>
    /// <param name="scale">The guess of tau, in the weight's unit; above 0.</param>
    /// <param name="degreesOfFreedom">
    /// The number of weights that the guess is worth, ν; above 0. A single weight is then Student-t with ν degrees of freedom.
    /// </param>
    /// <param name="initialScale">The initial tau, within a factor of 10⁴ of the guess; the guess by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public LearnedScalePrior(double scale = 1, double degreesOfFreedom = 1, double? initialScale = null)
    {
        Scale = Require.PositiveAndFinite(scale);
        DegreesOfFreedom = Require.PositiveAndFinite(degreesOfFreedom);
        InitialScale = initialScale ?? scale;
        _range = new MirroredRange(scale / RangeFactor, scale * RangeFactor);
        _logNormalizer = degreesOfFreedom / 2 * Math.Log(Rate) - GammaFunction.Log(degreesOfFreedom / 2);
        if (!_range.Contains(InitialScale))
            throw new ArgumentOutOfRangeException(
                nameof(initialScale), InitialScale,
                $"initialScale is {InitialScale}; expected a number above {_range.Minimum} and below {_range.Maximum}, the range of the scale.");
    }

    private LearnedScalePrior(LearnedScalePrior settings, PriorState state, long[] shape) : base(state, shape) =>
        (Scale, DegreesOfFreedom, InitialScale, _range, _logNormalizer) =
            (settings.Scale, settings.DegreesOfFreedom, settings.InitialScale, settings._range, settings._logNormalizer);

    /// <summary>Gets the guess of tau.</summary>
    public double Scale { get; }

    /// <summary>Gets the number of weights that the guess is worth, ν.</summary>
    public double DegreesOfFreedom { get; }

    /// <summary>Gets the initial tau.</summary>
    public double InitialScale { get; }

    /// <summary>Gets the current tau, E[1/tau²]^(−½).</summary>
    public override double Stddev
    {
        get
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            return LogScale(ScalarType.Float64, CPU).exp().ReadDouble();
        }
    }

    /// <inheritdoc/>
    internal override void RequireFits(ScalarType dtype)
    {
        Require.SquareWithin(DegreesOfFreedom, dtype, "degreesOfFreedom");
        Require.SquareWithin(Scale / RangeFactor, dtype, "the minimum of the scale");
        Require.SquareWithin(Scale * RangeFactor, dtype, "the maximum of the scale");
    }

    /// <inheritdoc/>
    public override Prior For(IReadOnlyList<long> shape, ScalarType dtype)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var state = new PriorState();
        Learn(state, Key, InitialScale, [], dtype);
        return new LearnedScalePrior(this, state, [.. shape]);
    }

    /// <summary>Computes log N(w; 0, tau²) with the current tau.</summary>
    /// <inheritdoc/>
    public override Tensor LogProbability(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        using Scalar constant = -StandardNormal.LogOfRootOfTwoPi;
        var wide = weight.Widened();
        var logScale = LogScale(wide.dtype, wide.device);
        var exponent = wide.mul(wide).mul(Precision(logScale)).mul(Scalars.MinusHalf);
        return exponent.add(logScale, Scalars.MinusOne).add(constant, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override KlBlocks<T>? BlocksOf<T>(long length) => HasBlocks<T>(length) ? new Weights<T>(this, length) : null;

    /// <summary>Returns the name of the prior and its settings.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"LearnedScalePrior(scale={Scale}, degreesOfFreedom={DegreesOfFreedom}, initialScale={InitialScale})");

    /// <summary>Gets the settings without the initial tau, which has no meaning once tau is learned.</summary>
    /// <inheritdoc/>
    protected internal override string Settings =>
        FormattableString.Invariant($"LearnedScalePrior(scale={Scale}, degreesOfFreedom={DegreesOfFreedom})");

    private protected override Tensor[] LogScales(long[] shape, ScalarType dtype, Device device) => [LogScale(dtype, device)];

    private protected override Tensor Precisions(Tensor[] logScales, long[] shape) => Precision(logScales[0]);

    private protected override Tensor Divergence(Tensor squares, Tensor[] logScales)
    {
        double count = squares.numel();
        using Scalar effectiveCount = count + DegreesOfFreedom, constant = Constant(count);
        return ScaledSquares(squares, logScales[0]).add(logScales[0], effectiveCount).add(constant, Scalars.One);
    }

    private protected override void AddScaleGradients(Tensor squares, Tensor[] logScales, double weight)
    {
        using Scalar effectiveCount = squares.numel() + DegreesOfFreedom;
        AddGradient(Key, _range, ScaledSquares(squares, logScales[0]).mul(Scalars.MinusTwo).add(effectiveCount, Scalars.One), weight);
    }

    private double Constant(double count)
    {
        // E[log tau] = log E[1/tau²]^(−½) + spread.
        double spread = 1 / (2 * (count + DegreesOfFreedom));
        return count * (spread - 0.5) + DegreesOfFreedom * spread - 0.5 * Math.Log(8 * Math.PI * Math.E * spread) - _logNormalizer;
    }

    // (½ Σ(mu² + sigma²) + rate) / tau².
    private Tensor ScaledSquares(Tensor squares, Tensor logScale)
    {
        using Scalar rate = Rate;
        return squares.sum().mul(Scalars.Half).add(rate, Scalars.One).mul(Precision(logScale));
    }

    // tau² ~ inverse gamma(ν/2, rate).
    private double Rate => DegreesOfFreedom / 2 * Scale * Scale;

    private Tensor LogScale(ScalarType dtype, Device device) => LogScale(Key, _range, InitialScale, [], dtype, device);

    private sealed class Weights<T>(LearnedScalePrior prior, long count) : KlBlocks<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private double _logScale;
        private double _scaledSquares;

        public override void Begin()
        {
            prior.ReadLogScales<T>(Key, prior._range, new Span<double>(ref _logScale));
            _scaledSquares = 0;
        }

        public override double AddGradient(int start, KlBlock<T> block, double weight)
        {
            double precision = Math.Exp(-2 * _logScale), logs = double.CreateTruncating(Vectors.Sum(block.LogVariance));
            double sum = NormalKl.AddGradient(block, 0, precision, weight);
            _scaledSquares += 0.5 * (sum + logs);
            return 0.5 * sum;
        }

        public override double End(double weight)
        {
            double effectiveCount = count + prior.DegreesOfFreedom, rate = prior.Rate * Math.Exp(-2 * _logScale);
            prior.AddGradients<T>(Key, prior._range, [effectiveCount - 2 * (_scaledSquares + rate)], weight);
            return rate + effectiveCount * _logScale + prior.Constant(count);
        }
    }
}
