using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Bayes.Layers.Kernels;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// Fills tensors with the numbers of torch's <c>normal_</c> from a state of torch's generator, to the bit. libtorch makes them one after the other;
/// here only the words of the generator are, eight at a time, and several threads turn them into normal numbers.
/// </summary>
/// <remarks>
/// Single precision on a CPU with AVX2 and FMA, where libtorch makes 16 numbers from 16 words (Box &amp; Muller 1958) with the logarithm, sine and
/// cosine of Cephes. The first use compares some numbers with libtorch's, and leaves the noise to libtorch if one differs.
/// </remarks>
internal static class TorchNormals
{
    /// <summary>The number of words and of numbers that belong together.</summary>
    private const int Group = 16;

    // Below, reading and writing the generator's state takes longer than libtorch's loop.
    private const int Least = 1 << 12;

    // The state in bytes: seed (8), words left (4), is seeded (4), index of the next word (8), 624 words of 8 bytes each, numbers kept (40).
    private const int StateLength = 5056, LeftPlace = 8, NextPlace = 16, WordsPlace = 24;

    private static readonly Lazy<bool> Agrees = new(AgreesWithTorch);

    /// <summary>Determines whether <see cref="Fill"/> can make the numbers of a tensor.</summary>
    public static bool CanFill(Tensor destination) =>
        destination.numel() >= Least && destination.IsPlain(ScalarType.Float32) && Avx2.IsSupported && Fma.IsSupported && Agrees.Value;

    /// <summary>Fills a plain tensor of at least 16 numbers.</summary>
    /// <param name="destination">The tensor.</param>
    /// <param name="state">The state of the generator, which is moved on.</param>
    public static void Fill(Tensor destination, Tensor state)
    {
        var bytes = state.bytes;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes[WordsPlace..])[..MersenneTwister.Size];
        Span<uint> own = stackalloc uint[MersenneTwister.Size];
        for (int i = 0; i < own.Length; i++)
            own[i] = (uint)words[i];
        // The count of words left is one too large.
        var twister = new MersenneTwister(own, MersenneTwister.Size + 1 - MemoryMarshal.Read<int>(bytes[LeftPlace..]));

        var numbers = destination.AsMemory<float>();
        twister.Next(MemoryMarshal.Cast<float, uint>(numbers.All));
        Blocks.Sum(numbers.Length - numbers.Length % Group, new NormalTerm(numbers));
        if (numbers.Length % Group != 0)
        {
            // As in libtorch, the last 16 numbers are made again.
            var last = numbers.Slice(numbers.Length - Group, Group);
            twister.Next(MemoryMarshal.Cast<float, uint>(last));
            ToNormals(last);
        }
        GC.KeepAlive(destination);

        for (int i = 0; i < own.Length; i++)
            words[i] = own[i];
        MemoryMarshal.Write(bytes[LeftPlace..], MersenneTwister.Size + 1 - twister.Used);
        MemoryMarshal.Write(bytes[NextPlace..], (ulong)twister.Used);
        GC.KeepAlive(state);
    }

    // Numbers of a length that is no multiple of 16, twice: the second time from the state that the first has left.
    private static bool AgreesWithTorch()
    {
        using var scope = NewDisposeScope();
        using TorchSharp.torch.Generator theirs = new(11), ours = new(11);
        for (int round = 0; round < 2; round++)
        {
            Tensor expected = empty(Least + 1), actual = empty(Least + 1), state = ours.get_state();
            if (state.numel() != StateLength)
                return false;
            TorchNoise.FillByTorch(expected, theirs);
            Fill(actual, state);
            ours.set_state(state);
            if (!actual.bytes.SequenceEqual(expected.bytes) || !state.bytes.SequenceEqual(theirs.get_state().bytes))
                return false;
        }
        return true;
    }

    private static void ToNormals(Span<float> numbers)
    {
        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(numbers);
        for (int i = 0; i < vectors.Length; i += 2)
        {
            var radius = Vector256.Sqrt(Vector256.Create(-2f) * Log(Vector256<float>.One - ToUniform(vectors[i])));
            var (sine, cosine) = SinCos(ToUniform(vectors[i + 1]) * Vector256.Create(MathF.Tau));
            // libtorch multiplies by 1 and adds 0, which makes −0 a 0.
            vectors[i] = radius * cosine + Vector256<float>.Zero;
            vectors[i + 1] = radius * sine + Vector256<float>.Zero;
        }
    }

    // The 24 lowest bits of a word as a number in [0, 1).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ToUniform(Vector256<float> words)
    {
        var bits = MersenneTwister.Temper(words.AsUInt32()) & Vector256.Create(0xffffffu);
        return Vector256.ConvertToSingle(bits.AsInt32()) * Vector256.Create(1f / (1 << 24));
    }

    // Cephes' logf of positive normal numbers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Log(Vector256<float> x)
    {
        var exponent = Vector256.ConvertToSingle((x.AsInt32() >>> FloatBits.MantissaBits) - Vector256.Create(0x7f)) + Vector256<float>.One;
        x = (x.AsInt32() & Vector256.Create(~0x7f800000) | Vector256.Create(0.5f).AsInt32()).AsSingle();
        var isSmall = Vector256.LessThan(x, Vector256.Create(0.707106781186547524f));
        exponent -= isSmall & Vector256<float>.One;
        x = x - Vector256<float>.One + (x & isSmall);
        var square = x * x;
        var series = Add(Vector256.Create(7.0376836292E-2f), x, -1.1514610310E-1f);
        series = Add(series, x, 1.1676998740E-1f);
        series = Add(series, x, -1.2420140846E-1f);
        series = Add(series, x, 1.4249322787E-1f);
        series = Add(series, x, -1.6668057665E-1f);
        series = Add(series, x, 2.0000714765E-1f);
        series = Add(series, x, -2.4999993993E-1f);
        series = Add(series, x, 3.3333331174E-1f);
        series = Fma.MultiplyAdd(series * x, square, exponent * Vector256.Create(FloatBits.Log2Low));
        series = Fma.MultiplyAddNegated(square, Vector256.Create(0.5f), series);
        return Fma.MultiplyAdd(exponent, Vector256.Create(FloatBits.Log2High), x + series);
    }

    // Cephes' sinf and cosf of numbers that are at least 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Sine, Vector256<float> Cosine) SinCos(Vector256<float> x)
    {
        var octant = Avx.ConvertToVector256Int32WithTruncation(x * Vector256.Create(1.27323954473516f)) + Vector256<int>.One & Vector256.Create(~1);
        var whole = Vector256.ConvertToSingle(octant);
        x = Fma.MultiplyAdd(whole, Vector256.Create(-0.78515625f), x);
        x = Fma.MultiplyAdd(whole, Vector256.Create(-2.4187564849853515625e-4f), x);
        x = Fma.MultiplyAdd(whole, Vector256.Create(-3.77489497744594108e-8f), x);
        var square = x * x;
        var cosine = Add(Vector256.Create(2.443315711809948E-005f), square, -1.388731625493765E-003f);
        cosine = Add(cosine, square, 4.166664568298827E-002f) * square;
        cosine = Fma.MultiplySubtract(cosine, square, square * Vector256.Create(0.5f)) + Vector256<float>.One;
        var sine = Add(Vector256.Create(-1.9515295891E-4f), square, 8.3321608736E-3f);
        sine = Add(sine, square, -1.6666654611E-1f) * square;
        sine = Fma.MultiplyAdd(sine, x, x);
        var keeps = Vector256.Equals(octant & Vector256.Create(2), Vector256<int>.Zero).AsSingle();
        var signOfSine = (octant & Vector256.Create(4)) << 29;
        var signOfCosine = (~(octant - Vector256.Create(2)) & Vector256.Create(4)) << 29;
        return (Vector256.ConditionalSelect(keeps, sine, cosine) ^ signOfSine.AsSingle(),
            Vector256.ConditionalSelect(keeps, cosine, sine) ^ signOfCosine.AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(Vector256<float> series, Vector256<float> x, float next) =>
        Fma.MultiplyAdd(series, x, Vector256.Create(next));

    private readonly struct NormalTerm(TensorMemory<float> numbers) : IBlockTerm
    {
        public double Take(int start, int length)
        {
            ToNormals(numbers.Slice(start, length));
            return 0;
        }
    }
}
