using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bayes.Layers.Numerics;

/// <summary>
/// Philox4x32-10, the counter-based generator of Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3" (§3.3): four
/// words that are a function of a counter of four words and a key of two, and of nothing else. Any of them can be had at any
/// time, in any order and on any thread.
/// </summary>
internal static class Philox
{
    private const int Rounds = 10;
    private const uint Multiplier0 = 0xD2511F53, Multiplier2 = 0xCD9E8D57;
    private const uint KeyStep0 = 0x9E3779B9, KeyStep1 = 0xBB67AE85;

    /// <summary>The four words of one counter.</summary>
    public static (uint W0, uint W1, uint W2, uint W3) Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
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

    /// <summary>The same for eight counters at once, one a lane.</summary>
    public static (Vector256<uint> W0, Vector256<uint> W1, Vector256<uint> W2, Vector256<uint> W3) Block(
        Vector256<uint> c0, Vector256<uint> c1, Vector256<uint> c2, Vector256<uint> c3, uint k0, uint k1)
    {
        for (int round = 0; round < Rounds; round++)
        {
            var (high0, low0) = Multiply(c0, Multiplier0);
            var (high2, low2) = Multiply(c2, Multiplier2);
            (c0, c1, c2, c3) = (high2 ^ c1 ^ Vector256.Create(k0), low2, high0 ^ c3 ^ Vector256.Create(k1), low0);
            unchecked
            {
                k0 += KeyStep0;
                k1 += KeyStep1;
            }
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>The same for sixteen counters at once, one a lane.</summary>
    public static (Vector512<uint> W0, Vector512<uint> W1, Vector512<uint> W2, Vector512<uint> W3) Block(
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

    /// <summary>The upper and the lower words of eight products of 64 bits.</summary>
    private static (Vector256<uint> High, Vector256<uint> Low) Multiply(Vector256<uint> words, uint factor)
    {
        var lowHalf = Vector256.Create((ulong)uint.MaxValue);
        var even = Widening(words.AsUInt64());
        var odd = Widening(words.AsUInt64() >>> 32);
        return ((even >>> 32 | odd & ~lowHalf).AsUInt32(), (even & lowHalf | odd << 32).AsUInt32());

        Vector256<ulong> Widening(Vector256<ulong> lanes) => Avx2.IsSupported
            ? Avx2.Multiply(lanes.AsUInt32(), Vector256.Create(factor))
            : (lanes & lowHalf) * Vector256.Create((ulong)factor);
    }

    /// <summary>The upper and the lower words of sixteen products of 64 bits.</summary>
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
