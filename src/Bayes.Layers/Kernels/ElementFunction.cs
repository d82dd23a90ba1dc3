using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>
/// A function of every element. To add one, add a static member and a struct here; one that is also an <see cref="ISlopeFunction"/> has a slope and
/// can be trained.
/// </summary>
/// <remarks>Values computed in lanes and one by one may differ in the last bits (decision 34).</remarks>
internal abstract class ElementFunction
{
    /// <summary>Gets the hyperbolic tangent.</summary>
    public static ElementFunction Tanh { get; } = new WithSlope<TanhFunction>(default);

    /// <summary>Gets 1 / (1 + e^−x).</summary>
    public static ElementFunction Sigmoid { get; } = new WithSlope<SigmoidFunction>(default);

    /// <summary>Gets max(x, 0).</summary>
    public static ElementFunction Relu { get; } = new WithSlope<ReluFunction>(default);

    /// <summary>Gets x Φ(x) with the normal distribution function Φ.</summary>
    public static ElementFunction Gelu { get; } = new Of<GeluFunction>(default);

    /// <summary>Gets x / (1 + e^−x).</summary>
    public static ElementFunction Silu { get; } = new Of<SiluFunction>(default);

    /// <summary>Returns the function that is x above 0, and x times a slope below.</summary>
    public static ElementFunction LeakyRelu(double slope) => new Of<LeakyReluFunction>(new LeakyReluFunction((float)slope));

    /// <summary>Returns the function that is x above 0, and alpha (e^x − 1) below.</summary>
    public static ElementFunction Elu(double alpha) => new Of<EluFunction>(new EluFunction((float)alpha));

    /// <summary>Returns the function log(1 + e^(beta x)) / beta, which is x if beta x exceeds a threshold.</summary>
    public static ElementFunction Softplus(double beta, double threshold) =>
        new Of<SoftplusFunction>(new SoftplusFunction((float)beta, (float)threshold));

    /// <summary>Returns the loop that applies the function in place, for one width of lanes.</summary>
    public abstract LaneLoop<TLanes> For<TLanes>() where TLanes : struct, ILanes<TLanes>;

    /// <summary>Gets the function's values and slopes; null if it has no slope.</summary>
    public virtual SlopeLoop? Slope => null;

    private class Of<TFunction>(TFunction function) : ElementFunction where TFunction : struct, ILaneFunction
    {
        public override LaneLoop<TLanes> For<TLanes>() => new LaneLoop<TLanes>.Of<TFunction>(function);
    }

    private sealed class WithSlope<TFunction>(TFunction function) : Of<TFunction>(function) where TFunction : struct, ILaneFunction, ISlopeFunction
    {
        public override SlopeLoop Slope { get; } = new SlopeLoop.Of<TFunction>();
    }

    private readonly struct TanhFunction : ILaneFunction, ISlopeFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => LaneFunctions.Tanh(x);

        public static T Value<T>(T x) where T : IFloatingPointIeee754<T> => T.Tanh(x);

        public static T Slope<T>(T result) where T : IFloatingPointIeee754<T> => T.One - result * result;

        // With e = e^(−2|x|), tanh |x| = (1 − e) / (1 + e).
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Values(Vector<double> x)
        {
            var power = Vector.Exp(Vector.Abs(x) * -2.0);
            return Vector.CopySign((Vector<double>.One - power) / (Vector<double>.One + power), x);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Slopes(Vector<double> results) => Vector<double>.One - results * results;
    }

    private readonly struct SigmoidFunction : ILaneFunction, ISlopeFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => LaneFunctions.Sigmoid(x);

        public static T Value<T>(T x) where T : IFloatingPointIeee754<T> => T.One / (T.One + T.Exp(-x));

        public static T Slope<T>(T result) where T : IFloatingPointIeee754<T> => (T.One - result) * result;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Values(Vector<double> x) => Vector<double>.One / (Vector<double>.One + Vector.Exp(-x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Slopes(Vector<double> results) => (Vector<double>.One - results) * results;
    }

    private readonly struct ReluFunction : ILaneFunction, ISlopeFunction
    {
        // NaN stays NaN.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => TLanes.WhereLess(x, TLanes.Create(0), TLanes.Create(0), x);

        public static T Value<T>(T x) where T : IFloatingPointIeee754<T> => x < T.Zero ? T.Zero : x;

        public static T Slope<T>(T result) where T : IFloatingPointIeee754<T> => result > T.Zero ? T.One : T.Zero;

        // NaN stays NaN.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Values(Vector<double> x) =>
            Vector.ConditionalSelect(Vector.LessThan(x, Vector<double>.Zero), Vector<double>.Zero, x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Slopes(Vector<double> results) => Vector.ConditionalSelect(
            Vector.GreaterThan(results, Vector<double>.Zero), Vector<double>.One, Vector<double>.Zero);
    }

    private readonly struct LeakyReluFunction(float slope) : ILaneFunction
    {
        // A slope of 0 is not multiplied with x: the product is NaN at −∞.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> =>
            TLanes.WhereLess(x, TLanes.Create(0), slope == 0 ? TLanes.Create(0) : x * TLanes.Create(slope), x);
    }

    private readonly struct EluFunction(float alpha) : ILaneFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>
        {
            var zero = TLanes.Create(0);
            return TLanes.WhereLess(x, zero, TLanes.Create(alpha) * LaneFunctions.ExpMinusOneOfNegative(TLanes.WhereLess(x, zero, x, zero)), x);
        }
    }

    private readonly struct SiluFunction : ILaneFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => x * LaneFunctions.Sigmoid(x);
    }

    private readonly struct GeluFunction : ILaneFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => LaneFunctions.Gelu(x);
    }

    private readonly struct SoftplusFunction(float beta, float threshold) : ILaneFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>
        {
            var scaled = x * TLanes.Create(beta);
            return TLanes.WhereLess(TLanes.Create(threshold), scaled, x, LaneFunctions.Softplus(scaled) / TLanes.Create(beta));
        }
    }
}
