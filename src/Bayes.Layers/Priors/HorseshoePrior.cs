using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// The horseshoe prior: w ~ N(0, tau² lambda²) with lambda ~ half-Cauchy(1) for each weight or group of weights, and tau ~ half-Cauchy(scale) for a
/// weight tensor (Carvalho, Polson &amp; Scott 2010, "The Horseshoe Estimator for Sparse Signals"). It shrinks most weights to 0, and leaves the
/// important ones alone. Grouped by units it prunes whole units (Louizos, Ullrich &amp; Welling 2017, "Bayesian Compression for Deep Learning";
/// Ghosh, Yao &amp; Doshi-Velez 2018, "Structured Variational Learning of Bayesian Neural Networks with Horseshoe Priors").
/// </summary>
/// <remarks>
/// A half-Cauchy(c) scale is a mixture: its square given a is inverse gamma(½, 1/a), and a is inverse gamma(½, 1/c²). The posteriors of lambda and
/// tau are log-normal, that of a is the optimal one, and all of them are in the KL divergence. The spread of a log-normal is optimal too: 1 / (2 (n
/// + 1)) as a variance of the logarithm for n weights under the scale, for any data. The locations of the scales are learned, as the logarithms of
/// E[1/lambda²]^(−½) and E[1/tau²]^(−½): the parameters <c>log_local_scale</c> (of the weight's shape, or one number for each group) and
/// <c>log_global_scale</c>. Each is mirrored at the ends of its range, a factor of 10⁴ to either side of 1 and of <see cref="Scale"/>, and never
/// leaves it.
/// </remarks>
public sealed class HorseshoePrior : HierarchicalNormalPrior
{
    private const string GlobalKey = "log_global_scale";
    private const string LocalKey = "log_local_scale";

    // The range and step of log s in the integral e^x E1(x) = ∫ e^(−s) / (x + s) ds from 0 to infinity, which is in the density.
    private const double LowestLog = -40;
    private const double HighestLog = 4;
    private const double LogStep = 0.25;

    private static readonly MirroredRange LocalRange = new(1 / RangeFactor, RangeFactor);

    private readonly MirroredRange _globalRange;
    private readonly long[]? _shape;

    /// <summary>Creates a horseshoe prior.</summary>
    /// <param name="scale">The scale of tau's half-Cauchy distribution, in the weight's unit; above 0. A smaller scale gives sparser
    /// weights.</param>
    /// <param name="axis">
    /// The axis along which each position has its own lambda: 0 for one lambda for all weights into a unit, 1 for all weights out of an input. A
    /// tensor without this axis, such as a bias for axis 1, has one lambda. If null, each weight has its own.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public HorseshoePrior(double scale = 1, int? axis = null)
    {
        Scale = Require.PositiveAndFinite(scale);
        if (axis < 0)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, $"axis is {axis}; expected a number of at least 0, or null.");
        Axis = axis;
        _globalRange = new MirroredRange(scale / RangeFactor, scale * RangeFactor);
    }

    private HorseshoePrior(HorseshoePrior settings, PriorState state, long[] shape) : base(state, shape)
    {
        (Scale, Axis, _globalRange) = (settings.Scale, settings.Axis, settings._globalRange);
        _shape = shape;
    }

    /// <summary>Gets the scale of tau's half-Cauchy distribution.</summary>
    public double Scale { get; }

    /// <summary>Gets the axis along which each position has its own lambda, or null if each weight has its own.</summary>
    public int? Axis { get; }

    /// <summary>Always positive infinity: lambda² has no mean, so a weight has no variance.</summary>
    public override double Stddev => double.PositiveInfinity;

    /// <inheritdoc/>
    internal override void RequireFits(ScalarType dtype)
    {
        Require.SquareWithin(Scale / RangeFactor, dtype, "the minimum of the scale");
        Require.SquareWithin(Scale * RangeFactor, dtype, "the maximum of the scale");
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

    /// <summary>Computes the current scale of each weight, E[1 / (tau² lambda²)]^(−½), which shows what has been pruned.</summary>
    /// <returns>A tensor of the weight's shape in double precision, without gradient.</returns>
    /// <exception cref="InvalidOperationException">The prior belongs to no layer.</exception>
    public Tensor WeightScales()
    {
        if (_shape is null)
            throw new InvalidOperationException("The prior belongs to no layer, so it has no scales; read those of a layer's WeightPrior.");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var device = Parameters!.parameters().First().device;
        return Precisions(LogScales(_shape, ScalarType.Float64, device), _shape).rsqrt().expand(_shape).clone().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Computes log of e^x E1(x) / √(2π³ tau²), x = w² / (2 tau²): the density of a weight over all lambda (Carvalho, Polson &amp; Scott 2010), with
    /// the current tau. Its pole at 0 is cut off below |w| = 10⁻⁹ tau.
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

    /// <inheritdoc/>
    internal override KlBlocks<T>? BlocksOf<T>(long length) => HasBlocks<T>(length) ? new Weights<T>(this, (int)length) : null;

    /// <summary>Returns the name of the prior and its settings.</summary>
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
        return SumOverGroups(squares).mul(Precision(logScale)).mul(Scalars.Half).add(logScale, countOfGroup).sum().add(constant, Scalars.One)
            .add(ScaleDivergence(local, localSpread, 1), Scalars.One)
            .add(ScaleDivergence(global, globalSpread, Scale), Scalars.One);
    }

    private protected override void AddScaleGradients(Tensor squares, Tensor[] logScales, double weight)
    {
        Tensor global = logScales[0], local = logScales[1];
        using Scalar countOfGroup = (double)squares.numel() / local.numel();
        var shared = SumOverGroups(squares).mul(Precision(local.add(global, Scalars.One))).neg().add(countOfGroup, Scalars.One);
        AddGradient(LocalKey, LocalRange, shared.add(ScaleGradient(local, 1), Scalars.One), weight);
        AddGradient(GlobalKey, _globalRange, shared.sum().add(ScaleGradient(global, Scale), Scalars.One), weight);
    }

    /// <summary>
    /// Computes KL(q(x², a) ‖ p(x², a)) of scales x ~ half-Cauchy(c), summed over them. With the optimal q(a) = inverse gamma(1, 1/c² + E[1/x²]) it
    /// is E[log x] − log c + log π + log(1 + c² E[1/x²]) − ½ log(8πe · spread).
    /// </summary>
    private static Tensor ScaleDivergence(Tensor logScale, double spread, double cauchyScale)
    {
        using Scalar square = cauchyScale * cauchyScale, constant = logScale.numel() * ScaleConstant(spread, cauchyScale);
        return Precision(logScale).mul(square).log1p().add(logScale, Scalars.One).sum().add(constant, Scalars.One);
    }

    private static double ScaleConstant(double spread, double cauchyScale) =>
        spread - Math.Log(cauchyScale) + Math.Log(Math.PI) - 0.5 * Math.Log(8 * Math.PI * Math.E * spread);

    /// <summary>Computes the gradient of <see cref="ScaleDivergence"/>: 1 − 2 u / (1 + u), u = c² E[1/x²].</summary>
    private static Tensor ScaleGradient(Tensor logScale, double cauchyScale)
    {
        using Scalar logSquare = 2 * Math.Log(cauchyScale);
        return logScale.mul(Scalars.MinusTwo).add(logSquare, Scalars.One).sigmoid().mul(Scalars.MinusTwo).add(Scalars.One, Scalars.One);
    }

    private Tensor Global(ScalarType dtype, Device device) => LogScale(GlobalKey, _globalRange, Scale, [], dtype, device);

    private long[] GroupShape(long[] shape) => Axis is not { } axis ? shape : axis < shape.Length ? [shape[axis]] : [1];

    private Tensor SumOverGroups(Tensor weights)
    {
        if (Axis is not { } axis)
            return weights;
        if (axis >= weights.ndim)
            return weights.sum().reshape(1);
        long[] others = [.. Enumerable.Range(0, (int)weights.ndim).Where(each => each != axis).Select(each => (long)each)];
        // A sum over an empty list of axes would be over all.
        return others.Length == 0 ? weights : weights.sum(others);
    }

    private sealed class Weights<T> : KlBlocks<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly HorseshoePrior _prior;
        private readonly int _count;
        private readonly int _stride;
        private readonly double[] _local;
        private readonly double[] _localPrecisions;
        private readonly double[] _squares;
        private double _global;
        private double _globalPrecision;

        public Weights(HorseshoePrior prior, int count)
        {
            (_prior, _count) = (prior, count);
            long[] shape = prior._shape!;
            int groups = (int)Shapes.Count(prior.GroupShape(shape));
            // A group's weights are those whose index along the axis is the group's.
            _stride = prior.Axis is { } axis && axis < shape.Length ? (int)Shapes.Count(shape[(axis + 1)..]) : 1;
            (_local, _localPrecisions, _squares) = (new double[groups], new double[groups], new double[groups]);
        }

        public override void Begin()
        {
            _prior.ReadLogScales<T>(GlobalKey, _prior._globalRange, new Span<double>(ref _global));
            _prior.ReadLogScales<T>(LocalKey, LocalRange, _local);
            for (int i = 0; i < _local.Length; i++)
                _localPrecisions[i] = Math.Exp(-2 * _local[i]);
            _globalPrecision = Math.Exp(-2 * _global);
            Array.Clear(_squares);
        }

        public override double AddGradient(int start, KlBlock<T> block, double weight)
        {
            ReadOnlySpan<T> means = block.Mean, variances = block.Variance;
            Span<T> meanGradient = block.MeanGradient, logVarianceGradient = block.LogVarianceGradient;
            bool isSingle = _local.Length == _count;
            for (int i = 0; i < means.Length; i++)
            {
                int group = isSingle ? start + i : (start + i) / _stride % _local.Length;
                double mean = double.CreateTruncating(means[i]), variance = double.CreateTruncating(variances[i]);
                double precision = _localPrecisions[group] * _globalPrecision;
                meanGradient[i] += T.CreateTruncating(weight * mean * precision);
                logVarianceGradient[i] += T.CreateTruncating(0.5 * weight * (variance * precision - 1));
                _squares[group] += mean * mean + variance;
            }
            return -0.5 * double.CreateTruncating(Vectors.Sum(block.LogVariance));
        }

        public override double End(double weight)
        {
            double count = _count, countOfGroup = count / _local.Length;
            double globalSpread = 1 / (2 * (count + 1)), localSpread = 1 / (2 * (countOfGroup + 1)), shared = 0, divergence = 0;
            double odds = _prior.Scale * _prior.Scale * _globalPrecision;
            for (int i = 0; i < _local.Length; i++)
            {
                double scaled = _squares[i] * _localPrecisions[i] * _globalPrecision, own = countOfGroup - scaled;
                divergence += 0.5 * scaled + countOfGroup * (_local[i] + _global) + double.LogP1(_localPrecisions[i]) + _local[i];
                shared += own;
                // From here on, the gradients.
                _squares[i] = own + ScaleGradient(_localPrecisions[i]);
            }
            _prior.AddGradients<T>(LocalKey, LocalRange, _squares, weight);
            _prior.AddGradients<T>(GlobalKey, _prior._globalRange, [shared + ScaleGradient(odds)], weight);
            return divergence + double.LogP1(odds) + _global + ScaleConstant(globalSpread, _prior.Scale)
                + _local.Length * ScaleConstant(localSpread, 1) + count * (globalSpread + localSpread - 0.5);
        }

        // 1 − 2 u / (1 + u), without overflow.
        private static double ScaleGradient(double odds) => 2 / (1 + odds) - 1;
    }
}
