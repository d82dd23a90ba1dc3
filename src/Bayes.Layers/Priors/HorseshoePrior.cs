using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// The horseshoe: w ~ N(0, tau² lambda²) with lambda ~ half-Cauchy(1) for each weight or group of weights, and tau ~ half-Cauchy(scale) for a
/// weight tensor (Carvalho, Polson &amp; Scott 2010, "The Horseshoe Estimator for Sparse Signals"). Most weights are drawn to 0, and those
/// that matter are left alone. Grouped by units it prunes whole units (Louizos, Ullrich &amp; Welling 2017, "Bayesian Compression for
/// Deep Learning"; Ghosh, Yao &amp; Doshi-Velez 2018, "Structured Variational Learning of Bayesian Neural Networks with Horseshoe Priors").
/// </summary>
/// <remarks>
/// A half-Cauchy(c) scale is a mixture: its square given a is inverse gamma(½, 1/a), and a inverse gamma(½, 1/c²). The posteriors of lambda and tau are
/// log-normal, that of a is the best there is, and all of them are in the KL divergence. The spread of a log-normal is the best there is
/// too, 1 / (2 (n + 1)) as a variance of the logarithm for n weights under the scale, whatever the data. What is learned is where the
/// scales lie, as the logarithms of E[1/lambda²]^(−½) and E[1/tau²]^(−½): the parameters <c>log_local_scale</c> (of the weight's shape, or a number
/// for each group) and <c>log_global_scale</c>. Each is mirrored at the ends of a range, a factor of 10⁴ to either side of 1 and of
/// <see cref="Scale"/>, and never leaves it.
/// </remarks>
public sealed class HorseshoePrior : HierarchicalNormalPrior
{
    private const string GlobalKey = "log_global_scale";
    private const string LocalKey = "log_local_scale";

    // The density is integrated over the logarithm of s, in e^x E1(x) = ∫ e^(−s) / (x + s) ds from 0 to infinity.
    private const double LowestLog = -40;
    private const double HighestLog = 4;
    private const double LogStep = 0.25;

    private static readonly MirroredRange LocalRange = new(1 / RangeFactor, RangeFactor);

    private readonly MirroredRange _globalRange;
    private readonly long[]? _shape;

    /// <summary>A horseshoe prior.</summary>
    /// <param name="scale">The scale of tau's half-Cauchy distribution, in the weight's unit; above 0. The smaller, the sparser.</param>
    /// <param name="axis">
    /// The weights at one place along this axis share a lambda: 0 for all weights into a unit, 1 for all out of an input. A tensor without
    /// such an axis, as a bias is without axis 1, has one for all. By default each weight has its own.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public HorseshoePrior(double scale = 1, int? axis = null)
    {
        Scale = Require.PositiveAndFinite(scale);
        if (axis < 0)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, $"axis is {axis}; expected a number of at least 0, or none.");
        Axis = axis;
        _globalRange = new MirroredRange(scale / RangeFactor, scale * RangeFactor);
    }

    private HorseshoePrior(HorseshoePrior settings, PriorState state, long[] shape) : base(state, shape)
    {
        (Scale, Axis, _globalRange) = (settings.Scale, settings.Axis, settings._globalRange);
        _shape = shape;
    }

    /// <summary>The scale of tau's half-Cauchy distribution.</summary>
    public double Scale { get; }

    /// <summary>The axis along which weights have a lambda of their own; null where each weight has.</summary>
    public int? Axis { get; }

    /// <summary>Positive infinity: lambda² has no mean, so a weight has no variance.</summary>
    public override double Stddev => double.PositiveInfinity;

    /// <inheritdoc/>
    internal override void RequireFits(ScalarType dtype)
    {
        Require.SquareWithin(Scale / RangeFactor, dtype, "the least that the scale can become");
        Require.SquareWithin(Scale * RangeFactor, dtype, "the most that the scale can become");
    }

    /// <inheritdoc/>
    public override Prior For(IReadOnlyList<long> shape, ScalarType dtype)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long[] own = [.. shape];
        var state = new PriorState();
        Learn(state, GlobalKey, Scale, [], dtype);
        Learn(state, LocalKey, 1, GroupShape(own), dtype);
        return new HorseshoePrior(this, state, own);
    }

    /// <summary>The scale of each weight as it is now, E[1 / (tau² lambda²)]^(−½), for reading off what has been pruned.</summary>
    /// <returns>A tensor of the weight's shape in double precision, without gradient.</returns>
    /// <exception cref="InvalidOperationException">The prior is of no layer.</exception>
    public Tensor WeightScales()
    {
        if (_shape is null)
            throw new InvalidOperationException("The prior is of no layer, so it has no scales; read those of a layer's own prior, as of its WeightPrior.");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var device = Parameters!.parameters().First().device;
        return Precisions(LogScales(_shape, ScalarType.Float64, device), _shape).rsqrt().expand(_shape).clone().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// log of e^x E1(x) / √(2π³ tau²), x = w² / (2 tau²): the density of a weight over all lambda (Carvalho, Polson &amp; Scott 2010), with tau as
    /// it is now. Its pole at 0 is cut off below |w| = 10⁻⁹ tau.
    /// </summary>
    /// <inheritdoc/>
    public override Tensor LogProbability(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        using Scalar low = LowestLog, high = HighestLog, step = LogStep, constant = Math.Log(LogStep) - 0.5 * Math.Log(2 * Math.Pow(Math.PI, 3));
        var wide = weight.Widened();
        var logScale = Global(wide.dtype, wide.device);
        var x = wide.mul(wide).mul(Precision(logScale)).mul(Scalars.Half);
        var logs = arange(low, high, step, wide.dtype, wide.device).reshape([-1, .. wide.shape.Select(_ => 1L)]);
        var parts = logs.exp().neg().add(x.mul(logs.neg().exp()).log1p(), Scalars.MinusOne);
        return parts.logsumexp(0).add(logScale, Scalars.MinusOne).add(constant, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Names the prior with its numbers, for a model's description.</summary>
    public override string ToString() => FormattableString.Invariant($"HorseshoePrior(scale={Scale}{(Axis is { } axis ? $", axis={axis}" : "")})");

    private protected override Tensor[] LogScales(long[] shape, ScalarType dtype, Device device) =>
        [Global(dtype, device), LogScale(LocalKey, LocalRange, 1, GroupShape(shape), dtype, device)];

    private protected override Tensor Precisions(Tensor[] logScales, long[] shape)
    {
        var precisions = Precision(logScales[0].add(logScales[1], Scalars.One));
        return Axis is { } axis && axis < shape.Length ? precisions.reshape([.. shape.Select((size, each) => each == axis ? size : 1)]) : precisions;
    }

    private protected override Tensor Divergence(Tensor squares, Tensor[] logScales)
    {
        Tensor global = logScales[0], local = logScales[1];
        double count = squares.numel(), groups = local.numel();
        double globalSpread = 1 / (2 * (count + 1)), localSpread = 1 / (2 * (count / groups + 1));
        using Scalar countOfGroup = count / groups, constant = count * (globalSpread + localSpread - 0.5);
        var logScale = local.add(global, Scalars.One);
        return OverGroups(squares).mul(Precision(logScale)).mul(Scalars.Half).add(logScale, countOfGroup).sum().add(constant, Scalars.One)
            .add(ScaleDivergence(local, localSpread, 1), Scalars.One)
            .add(ScaleDivergence(global, globalSpread, Scale), Scalars.One);
    }

    private protected override void AddScaleGradients(Tensor squares, Tensor[] logScales, double weight)
    {
        Tensor global = logScales[0], local = logScales[1];
        using Scalar countOfGroup = (double)squares.numel() / local.numel();
        var shared = OverGroups(squares).mul(Precision(local.add(global, Scalars.One))).neg().add(countOfGroup, Scalars.One);
        AddGradient(LocalKey, LocalRange, shared.add(ScaleGradient(local, 1), Scalars.One), weight);
        AddGradient(GlobalKey, _globalRange, shared.sum().add(ScaleGradient(global, Scale), Scalars.One), weight);
    }

    /// <summary>
    /// KL(q(x², a) ‖ p(x², a)) of scales x ~ half-Cauchy(c), summed over them. With q(a) = inverse gamma(1, 1/c² + E[1/x²]), the best there is, it is
    /// E[log x] − log c + log π + log(1 + c² E[1/x²]) − ½ log(8πe · spread).
    /// </summary>
    private static Tensor ScaleDivergence(Tensor logScale, double spread, double cauchyScale)
    {
        using Scalar square = cauchyScale * cauchyScale;
        using Scalar constant = logScale.numel() * (spread - Math.Log(cauchyScale) + Math.Log(Math.PI) - 0.5 * Math.Log(8 * Math.PI * Math.E * spread));
        return Precision(logScale).mul(square).log1p().add(logScale, Scalars.One).sum().add(constant, Scalars.One);
    }

    /// <summary>The gradient of <see cref="ScaleDivergence"/>: 1 − 2 u / (1 + u), u = c² E[1/x²].</summary>
    private static Tensor ScaleGradient(Tensor logScale, double cauchyScale)
    {
        using Scalar logSquare = 2 * Math.Log(cauchyScale);
        return logScale.mul(Scalars.MinusTwo).add(logSquare, Scalars.One).sigmoid().mul(Scalars.MinusTwo).add(Scalars.One, Scalars.One);
    }

    private Tensor Global(ScalarType dtype, Device device) => LogScale(GlobalKey, _globalRange, Scale, [], dtype, device);

    private long[] GroupShape(long[] shape) => Axis is not { } axis ? shape : axis < shape.Length ? [shape[axis]] : [1];

    private Tensor OverGroups(Tensor weights)
    {
        if (Axis is not { } axis)
            return weights;
        if (axis >= weights.ndim)
            return weights.sum().reshape(1);
        long[] others = [.. Enumerable.Range(0, (int)weights.ndim).Where(each => each != axis).Select(each => (long)each)];
        // Summing over no axis would be summing over all.
        return others.Length == 0 ? weights : weights.sum(others);
    }
}
