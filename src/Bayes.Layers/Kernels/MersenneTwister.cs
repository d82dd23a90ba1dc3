using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Bayes.Layers.Kernels;

/// <summary>
/// MT19937 (Matsumoto &amp; Nishimura 1998, "Mersenne Twister: A 623-Dimensionally Equidistributed Uniform Pseudo-Random Number Generator"), eight
/// words at a time.
/// </summary>
/// <param name="words">The state; it is changed in place.</param>
/// <param name="used">How many words of the state have been used.</param>
internal ref struct MersenneTwister(Span<uint> words, int used)
{
    /// <summary>The number of words of a state.</summary>
    public const int Size = 624;

    private const int Distance = 397;
    private const uint Matrix = 0x9908b0df, HighBit = 0x80000000;

    private readonly Span<uint> _words = words[..Size];

    /// <summary>Gets how many words of the state have been used.</summary>
    public int Used { get; private set; } = used;

    /// <summary>Returns the next words of the stream before <see cref="Temper"/>.</summary>
    public void Next(Span<uint> results)
    {
        while (results.Length > 0)
        {
            if (Used == Size)
                Twist();
            int count = Math.Min(Size - Used, results.Length);
            _words.Slice(Used, count).CopyTo(results);
            results = results[count..];
            Used += count;
        }
    }

    /// <summary>Turns words of the state into random words.</summary>
    public static Vector256<uint> Temper(Vector256<uint> word)
    {
        word ^= word >>> 11;
        word ^= word << 7 & Vector256.Create(0x9d2c5680);
        word ^= word << 15 & Vector256.Create(0xefc60000);
        return word ^ word >>> 18;
    }

    private void Twist()
    {
        Twist(0, Size - Distance, Distance);
        Twist(Size - Distance, Size - 1, Distance - Size);
        _words[Size - 1] = Twisted(_words[Size - 1], _words[0], _words[Distance - 1]);
        Used = 0;
    }

    // Replaces a range of words; each depends on its successor and on the word at a distance of more than a vector.
    private readonly void Twist(int from, int to, int distance)
    {
        ref uint words = ref MemoryMarshal.GetReference(_words);
        int i = from;
        for (; i <= to - Vector256<uint>.Count; i += Vector256<uint>.Count)
        {
            Vector256<uint> own = Vector256.LoadUnsafe(ref words, (nuint)i), next = Vector256.LoadUnsafe(ref words, (nuint)(i + 1));
            var mixed = own & Vector256.Create(HighBit) | next & Vector256.Create(~HighBit);
            var odd = Vector256<uint>.Zero - (next & Vector256<uint>.One);
            (Vector256.LoadUnsafe(ref words, (nuint)(i + distance)) ^ mixed >>> 1 ^ odd & Vector256.Create(Matrix)).StoreUnsafe(ref words, (nuint)i);
        }
        for (; i < to; i++)
            _words[i] = Twisted(_words[i], _words[i + 1], _words[i + distance]);
    }

    private static uint Twisted(uint own, uint next, uint distant) =>
        distant ^ (own & HighBit | next & ~HighBit) >> 1 ^ ((next & 1) == 0 ? 0 : Matrix);
}
