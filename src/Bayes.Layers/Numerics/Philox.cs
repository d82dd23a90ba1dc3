using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bayes.Layers.Numerics;

/// <summary>
/// Philox4x32-10, the counter-based generator of Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3" (§3.3): four words that depend
/// only on a counter of four words and a key of two. They can be computed in any order and on any thread.
/// </summary>
internal static class Philox
{
    /// <summary>The number of keys of all rounds.</summary>
    public const int KeyCount = 2 * Rounds;

    private const int Rounds = 10;
    private const byte OddLanes = 0b10101010;
    private const uint Multiplier0 = 0xD2511F53, Multiplier2 = 0xCD9E8D57;
    private const uint KeyStep0 = 0x9E3779B9, KeyStep1 = 0xBB67AE85;

    /// <summary>Returns the four words of one counter.</summary>
    public static (uint W0, uint W1, uint W2, uint W3) Generate(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0, product2 = (ulong)Multiplier2 * c2;
            (c0, c1, c2, c3) = ((uint)(product2 >> 32) ^ c1 ^ k0, (uint)product2, (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
            unchecked
            {
                k0 += KeyStep0;
                k1 += KeyStep1;
            }
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>Returns the words of eight counters, one in each lane.</summary>
    /// <remarks>
    /// The even counters are in the lower halves of lanes of 64 bits, the odd ones in a second vector, so products need no shuffles; the upper
    /// halves are ignored. The two vectors are interleaved at the end.
    /// </remarks>
    /// <param name="c0">The first words of the counters.</param>
    /// <param name="c1">The second words.</param>
    /// <param name="c2">The third words.</param>
    /// <param name="c3">The fourth words.</param>
    /// <param name="keys">The result of <see cref="Keys"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<uint> W0, Vector256<uint> W1, Vector256<uint> W2, Vector256<uint> W3) Generate(
        Vector256<uint> c0, Vector256<uint> c1, Vector256<uint> c2, Vector256<uint> c3, ReadOnlySpan<Vector256<ulong>> keys)
    {
        var (e0, e1, e2, e3) = (c0.AsUInt64(), c1.AsUInt64(), c2.AsUInt64(), c3.AsUInt64());
        var (o0, o1, o2, o3) = (e0 >>> 32, e1 >>> 32, e2 >>> 32, e3 >>> 32);
        keys = keys[..KeyCount];
        // Written out: the instructions of a loop would be a third of all, and keep the processor from beginning the next counters.
        Round(keys[0], keys[1]);
        Round(keys[2], keys[3]);
        Round(keys[4], keys[5]);
        Round(keys[6], keys[7]);
        Round(keys[8], keys[9]);
        Round(keys[10], keys[11]);
        Round(keys[12], keys[13]);
        Round(keys[14], keys[15]);
        Round(keys[16], keys[17]);
        Round(keys[18], keys[19]);
        return (Interleave(e0, o0), Interleave(e1, o1), Interleave(e2, o2), Interleave(e3, o3));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Round(Vector256<ulong> k0, Vector256<ulong> k1)
        {
            Vector256<ulong> even0 = Multiply(e0, Multiplier0), even2 = Multiply(e2, Multiplier2);
            Vector256<ulong> odd0 = Multiply(o0, Multiplier0), odd2 = Multiply(o2, Multiplier2);
            (e0, e1, e2, e3) = (e1 ^ k0 ^ even2 >>> 32, even2, e3 ^ k1 ^ even0 >>> 32, even0);
            (o0, o1, o2, o3) = (o1 ^ k0 ^ odd2 >>> 32, odd2, o3 ^ k1 ^ odd0 >>> 32, odd0);
        }
    }

    /// <summary>Computes the keys of all rounds, first and second word alternately, each in all lanes.</summary>
    /// <param name="k0">The key's first word.</param>
    /// <param name="k1">The key's second word.</param>
    /// <param name="keys">The destination, <see cref="KeyCount"/> vectors.</param>
    public static void Keys(uint k0, uint k1, Span<Vector256<ulong>> keys)
    {
        for (int round = 0; round < KeyCount; round += 2)
        {
            (keys[round], keys[round + 1]) = (Vector256.Create((ulong)k0), Vector256.Create((ulong)k1));
            unchecked
            {
                k0 += KeyStep0;
                k1 += KeyStep1;
            }
        }
    }

    /// <summary>Returns the words of sixteen counters, one in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<uint> W0, Vector512<uint> W1, Vector512<uint> W2, Vector512<uint> W3) Generate(
        Vector512<uint> c0, Vector512<uint> c1, Vector512<uint> c2, Vector512<uint> c3, uint k0, uint k1)
    {
        for (int round = 0; round < Rounds; round++)
        {
            var (high0, low0) = Multiply(c0, Multiplier0);
            var (high2, low2) = Multiply(c2, Multiplier2);
            (c0, c1, c2, c3) = (high2 ^ c1 ^ Vector512.Create(k0), low2, high0 ^ c3 ^ Vector512.Create(k1), low0);
            unchecked
            {
                k0 += KeyStep0;
                k1 += KeyStep1;
            }
        }
        return (c0, c1, c2, c3);
    }

    // Multiplies the lower halves of the lanes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Multiply(Vector256<ulong> lanes, uint factor) => Avx2.IsSupported
        ? Avx2.Multiply(lanes.AsUInt32(), Vector256.Create(factor))
        : (lanes & Vector256.Create((ulong)uint.MaxValue)) * Vector256.Create((ulong)factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Interleave(Vector256<ulong> even, Vector256<ulong> odd) => Avx2.IsSupported
        ? Avx2.Blend(even.AsUInt32(), (odd << 32).AsUInt32(), OddLanes)
        : (even & Vector256.Create((ulong)uint.MaxValue) | odd << 32).AsUInt32();

    /// <summary>Returns the upper and the lower words of sixteen products of 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<uint> High, Vector512<uint> Low) Multiply(Vector512<uint> words, uint factor)
    {
        var lowHalf = Vector512.Create((ulong)uint.MaxValue);
        var even = Widening(words.AsUInt64());
        var odd = Widening(words.AsUInt64() >>> 32);
        return ((even >>> 32 | odd & ~lowHalf).AsUInt32(), (even & lowHalf | odd << 32).AsUInt32());

        Vector512<ulong> Widening(Vector512<ulong> lanes) => Avx512F.IsSupported
            ? Avx512F.Multiply(lanes.AsUInt32(), Vector512.Create(factor))
            : (lanes & lowHalf) * Vector512.Create((ulong)factor);
    }
}
