using System.Runtime.InteropServices;
using Bayes.Layers.Kernels;

namespace Bayes.Layers.Tests.Kernels;

/// <summary>Functions of many numbers at once, in registers of every width.</summary>
public sealed class LaneFunctionsTests : TorchTest
{
    // Every n-th float of a range. n is a prime so that all mantissa endings occur.
    private const int Step = 10_007;

    public static TheoryData<int> Widths => [512, 256, 128];

    private static Functions Of(int width) =>
        width switch { 512 => new FunctionsOf<Lanes512>(), 256 => new FunctionsOf<Lanes256>(), _ => new FunctionsOf<Lanes128>() };

    // Floats between two of the same sign, in equal steps of their bits.
    private static float[] Floats(float from, float to, int step = Step)
    {
        int first = BitConverter.SingleToInt32Bits(Math.Abs(from)), last = BitConverter.SingleToInt32Bits(Math.Abs(to)),
            sign = from < 0 || to < 0 ? -1 : 1;
        var floats = new List<float>();
        for (long bits = first; bits <= last; bits += step)
            floats.Add(sign * BitConverter.Int32BitsToSingle((int)bits));
        return [.. floats];
    }

    private static double Ulp(double value) => (double)MathF.BitIncrement((float)Math.Abs(value)) - (float)Math.Abs(value);

    private static void ShouldBeWithin(double ulps, float[] inputs, Func<float[], float[]> function, Func<double, double> exact)
    {
        float[] found = function(inputs);
        double worst = 0;
        float at = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            double wanted = exact(inputs[i]), error = Math.Abs(found[i] - wanted) / Ulp(wanted);
            if (!(error <= worst))
                (worst, at) = (error, inputs[i]);
        }
        worst.Should().BeLessThan(ulps, "that is how exact it is, and at {0} it was {1} ulp off", at, worst);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Tanh_is_exact_to_three_ulp_over_all_numbers(int width)
    {
        var of = Of(width);
        foreach (float sign in new[] { 1f, -1f })
        {
            ShouldBeWithin(3, Floats(sign * float.Epsilon, sign * float.MaxValue), of.Tanh, Math.Tanh);
            ShouldBeWithin(3, Floats(sign * 1e-3f, sign * 12, 257), of.Tanh, Math.Tanh);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Tanh_keeps_signs_of_zeros_is_one_at_infinity_and_never_above(int width)
    {
        var of = Of(width);
        float[] found = of.Tanh([0f, -0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 9.1f, 1e30f, -1e30f]);
        found[..4].Should().Equal(0f, -0f, 1f, -1f);
        float.IsNegative(found[1]).Should().BeTrue();
        float.IsNaN(found[4]).Should().BeTrue();
        found[6..].Should().Equal(1f, -1f);
        of.Tanh(Floats(1, 100)).Should().OnlyContain(value => value <= 1);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Sigmoid_is_exact_to_three_ulp(int width)
    {
        var of = Of(width);
        ShouldBeWithin(3, Floats(1e-30f, 1e30f), of.Sigmoid, x => 1 / (1 + Math.Exp(-x)));
        ShouldBeWithin(3, Floats(-1e-30f, -87.2f), of.Sigmoid, x => 1 / (1 + Math.Exp(-x)));
        of.Sigmoid([0, float.PositiveInfinity, float.NegativeInfinity, -100]).Should().Equal(0.5f, 1, 0, 0);
        float.IsNaN(of.Sigmoid([float.NaN])[0]).Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void The_exponential_function_is_exact_to_two_ulp(int width)
    {
        var of = Of(width);
        ShouldBeWithin(2, Floats(-1e-30f, -87.2f, 997), of.ExpOfNegative, Math.Exp);
        of.ExpOfNegative([0, -0f, float.NegativeInfinity, -1e30f]).Should().Equal(1, 1, 0, 0);
        float.IsNaN(of.ExpOfNegative([float.NaN])[0]).Should().BeTrue();
        ShouldBeWithin(2, Floats(-1e-30f, -1e30f), of.ExpMinusOneOfNegative, x => x > -1e-5 ? x + x * x / 2 : Math.Exp(x) - 1);
        of.ExpMinusOneOfNegative([float.NegativeInfinity]).Should().Equal(-1);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void The_logarithm_is_exact_to_three_ulp(int width)
    {
        var of = Of(width);
        ShouldBeWithin(3, Floats(1.17549435e-38f, float.MaxValue), of.Log, x => Math.Log(x));
        ShouldBeWithin(3, Floats(0.5f, 2, 97), of.Log, x => Math.Log(x));
        of.Log([1]).Should().Equal(0);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Softplus_is_exact_to_four_ulp(int width)
    {
        var of = Of(width);
        ShouldBeWithin(4, Floats(1e-30f, 1e30f), of.Softplus, x => x + LogOnePlus(Math.Exp(-x)));
        ShouldBeWithin(4, Floats(-1e-30f, -87.2f), of.Softplus, x => LogOnePlus(Math.Exp(x)));
        of.Softplus([float.PositiveInfinity, float.NegativeInfinity]).Should().Equal(float.PositiveInfinity, 0);
        float.IsNaN(of.Softplus([float.NaN])[0]).Should().BeTrue();
    }

    private static double LogOnePlus(double x) => x < 1e-5 ? x - x * x / 2 : Math.Log(1 + x);

    [Theory]
    [MemberData(nameof(Widths))]
    public void The_error_function_is_exact_to_four_ulp(int width)
    {
        var of = Of(width);
        foreach (float sign in new[] { 1f, -1f })
        {
            float[] inputs = Floats(sign * 1e-30f, sign * 1e30f);
            using var exact = special.erf(tensor(inputs, dtype: float64));
            var wanted = inputs.Zip(Values(exact)).ToDictionary(pair => (double)pair.First, pair => pair.Second);
            ShouldBeWithin(4, inputs, of.Erf, x => wanted[x]);
        }
        of.Erf([float.PositiveInfinity, float.NegativeInfinity]).Should().Equal(1, -1);
        float.IsNaN(of.Erf([float.NaN])[0]).Should().BeTrue();
    }

    private abstract class Functions
    {
        public abstract float[] Tanh(float[] x);
        public abstract float[] Sigmoid(float[] x);
        public abstract float[] ExpOfNegative(float[] x);
        public abstract float[] ExpMinusOneOfNegative(float[] x);
        public abstract float[] Log(float[] x);
        public abstract float[] Softplus(float[] x);
        public abstract float[] Erf(float[] x);
    }

    private sealed class FunctionsOf<T> : Functions where T : struct, ILanes<T>
    {
        public override float[] Tanh(float[] x) => Map(x, default(TanhOf));
        public override float[] Sigmoid(float[] x) => Map(x, default(SigmoidOf));
        public override float[] ExpOfNegative(float[] x) => Map(x, default(ExpOf));
        public override float[] ExpMinusOneOfNegative(float[] x) => Map(x, default(ExpMinusOneOf));
        public override float[] Log(float[] x) => Map(x, default(LogOf));
        public override float[] Softplus(float[] x) => Map(x, default(SoftplusOf));
        public override float[] Erf(float[] x) => Map(x, default(ErfOf));

        private static float[] Map<TFunction>(float[] x, TFunction function) where TFunction : struct, ILaneFunction
        {
            var padded = new float[(x.Length + T.Count - 1) / T.Count * T.Count];
            padded.AsSpan().Fill(x[0]);
            x.CopyTo(padded, 0);
            new LaneLoop<T>.Of<TFunction>(function).Apply(MemoryMarshal.Cast<float, T>(padded.AsSpan()));
            return padded[..x.Length];
        }

        private readonly struct TanhOf
            : ILaneFunction { public TLane Of<TLane>(TLane x) where TLane : struct, ILanes<TLane> => LaneFunctions.Tanh(x); }
        private readonly struct SigmoidOf
            : ILaneFunction { public TLane Of<TLane>(TLane x) where TLane : struct, ILanes<TLane> => LaneFunctions.Sigmoid(x); }
        private readonly struct ExpOf
            : ILaneFunction { public TLane Of<TLane>(TLane x) where TLane : struct, ILanes<TLane> => LaneFunctions.ExpOfNegative(x); }
        private readonly struct ExpMinusOneOf
            : ILaneFunction { public TLane Of<TLane>(TLane x) where TLane : struct, ILanes<TLane> => LaneFunctions.ExpMinusOneOfNegative(x); }
        private readonly struct LogOf : ILaneFunction { public TLane Of<TLane>(TLane x) where TLane : struct, ILanes<TLane> => LaneFunctions.Log(x); }
        private readonly struct SoftplusOf
            : ILaneFunction { public TLane Of<TLane>(TLane x) where TLane : struct, ILanes<TLane> => LaneFunctions.Softplus(x); }
        private readonly struct ErfOf : ILaneFunction { public TLane Of<TLane>(TLane x) where TLane : struct, ILanes<TLane> => LaneFunctions.Erf(x); }
    }
}
