using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;
using static Bayes.Layers.Kernels.FloatBits;

namespace Bayes.Layers.Numerics;

/// <summary>
/// N(0, 1) numbers with names: each depends only on (seed, stream, draw, index), and is the same in every order and on every processor. Computed
/// from words of <see cref="Philox"/> by the transform of Box &amp; Muller 1958, "A Note on the Generation of Random Normal Deviates".
/// </summary>
/// <remarks>
/// The key is the seed; the counter is (index, draw, stream, stream). Eight counters, one in each lane, fill a tile of 32 numbers in four runs of
/// eight: the first two runs are the cosine and the sine from words 0 and 1, the other two those from words 2 and 3.
/// Logarithm, sine and cosine use only additions, multiplications, divisions and roots, which IEEE 754 rounds in one way. The functions of a
/// processor's library, or fused multiplications, would give different last bits on different machines.
/// Single precision throughout, from 31 and 32 bits: |z| reaches 6.66.
/// </remarks>
internal static class NamedNormals
{
    /// <summary>The count of numbers in a tile.</summary>
    public const int Tile = 4 * Lanes;

    private const int Lanes = 8;
    private const int WordsPerTile = 4;

    // Two KiB of words stay in the first-level cache.
    private const int TilesAtATime = 16;
    private const float PerHalfRange = 1f / (1u << 31);
    private const float RadiansPerWord = (float)(2 * Math.PI / 4294967296.0);
    private const uint EighthTurn = 1u << 29;
    private const uint SignBit = 1u << 31;

    // A prediction needs the streams of all parameters, whose hashes would take a tenth of the time of a small one.
    private const int MostKnownStreams = 1 << 14;
    private static readonly ConcurrentDictionary<string, ulong> KnownStreams = new(StringComparer.Ordinal);

    /// <summary>Returns the stream of a name: the first eight bytes of its SHA-256.</summary>
    public static ulong Stream(string name)
    {
        if (KnownStreams.TryGetValue(name, out ulong known))
            return known;
        ulong stream = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        if (KnownStreams.Count < MostKnownStreams)
            KnownStreams.TryAdd(name, stream);
        return stream;
    }

    /// <summary>Writes the numbers of one draw of one stream, beginning with a tile.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="draw">The draw.</param>
    /// <param name="firstTile">The first tile; the first number written has the index 32 · <paramref name="firstTile"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill(Span<float> destination, long seed, ulong stream, uint draw, uint firstTile = 0)
    {
        if (!Vector256.IsHardwareAccelerated && !Vector128.IsHardwareAccelerated)
        {
            FillByScalars(destination, seed, stream, draw, firstTile);
            return;
        }
        var (key0, key1) = Words(unchecked((ulong)seed));
        var (stream0, stream1) = Words(stream);
        Vector256<uint> draws = Vector256.Create(draw), streams0 = Vector256.Create(stream0), streams1 = Vector256.Create(stream1);
        uint tile = firstTile;
        if (Vector512.IsHardwareAccelerated)
            // Two tiles at a time, with their runs side by side.
            for (; destination.Length >= 2 * Tile; tile += 2, destination = destination[(2 * Tile)..])
            {
                var counters = Vector512.Create(tile * Lanes) + Vector512.Create(0u, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
                var (w0, w1, w2, w3) = Philox.Generate(
                    counters, Vector512.Create(draw), Vector512.Create(stream0), Vector512.Create(stream1), key0, key1);
                var (z0, z1) = BoxMuller(w0, w1);
                var (z2, z3) = BoxMuller(w2, w3);
                Vector512.Create(z0.GetLower(), z1.GetLower()).CopyTo(destination);
                Vector512.Create(z2.GetLower(), z3.GetLower()).CopyTo(destination[(2 * Lanes)..]);
                Vector512.Create(z0.GetUpper(), z1.GetUpper()).CopyTo(destination[Tile..]);
                Vector512.Create(z2.GetUpper(), z3.GetUpper()).CopyTo(destination[(Tile + 2 * Lanes)..]);
            }
        if (destination.IsEmpty)
            return;
        Span<Vector256<ulong>> keys = stackalloc Vector256<ulong>[Philox.KeyCount];
        Philox.Keys(key0, key1, keys);
        Span<Vector256<uint>> words = stackalloc Vector256<uint>[WordsPerTile * TilesAtATime];
        Span<float> partial = stackalloc float[Tile];
        while (!destination.IsEmpty)
        {
            var own = words[..(WordsPerTile * Math.Min(TilesAtATime, (destination.Length + Tile - 1) / Tile))];
            Generate(own, tile, draws, streams0, streams1, keys);
            tile += TilesAtATime;
            int whole = Math.Min(own.Length / WordsPerTile, destination.Length / Tile);
            Transform(own[..(WordsPerTile * whole)], destination);
            destination = destination[(Tile * whole)..];
            if (whole == own.Length / WordsPerTile)
                continue;
            Transform(own[^WordsPerTile..], partial);
            partial[..destination.Length].CopyTo(destination);
            return;
        }
    }

    // Words and their transform are loops of their own: in one loop, each tile would wait for the whole chain of the one before.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Generate(
        Span<Vector256<uint>> words, uint tile, Vector256<uint> draws, Vector256<uint> streams0, Vector256<uint> streams1,
        ReadOnlySpan<Vector256<ulong>> keys)
    {
        for (; words.Length >= WordsPerTile; words = words[WordsPerTile..], tile++)
        {
            var counters = Vector256.Create(tile * Lanes) + Vector256.Create(0u, 1, 2, 3, 4, 5, 6, 7);
            (words[0], words[1], words[2], words[3]) = Philox.Generate(counters, draws, streams0, streams1, keys);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transform(ReadOnlySpan<Vector256<uint>> words, Span<float> destination)
    {
        for (; words.Length >= 2; words = words[2..], destination = destination[(2 * Lanes)..])
        {
            var (cosine, sine) = BoxMuller(words[0], words[1]);
            cosine.CopyTo(destination);
            sine.CopyTo(destination[Lanes..]);
        }
    }

    /// <summary>Writes the same as <see cref="Fill"/>, a number at a time, for processors without vectors and for tests.</summary>
    public static void FillByScalars(Span<float> destination, long seed, ulong stream, uint draw, uint firstTile = 0)
    {
        var (key0, key1) = Words(unchecked((ulong)seed));
        var (stream0, stream1) = Words(stream);
        Span<float> numbers = stackalloc float[Tile];
        for (uint tile = firstTile; !destination.IsEmpty; tile++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                var (w0, w1, w2, w3) = Philox.Generate(tile * Lanes + (uint)lane, draw, stream0, stream1, key0, key1);
                (numbers[lane], numbers[Lanes + lane]) = BoxMuller(w0, w1);
                (numbers[2 * Lanes + lane], numbers[3 * Lanes + lane]) = BoxMuller(w2, w3);
            }
            int length = Math.Min(Tile, destination.Length);
            numbers[..length].CopyTo(destination);
            destination = destination[length..];
        }
    }

    private static (uint Low, uint High) Words(ulong value) => ((uint)value, (uint)(value >> 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Cosine, Vector256<float> Sine) BoxMuller(Vector256<uint> radiusWord, Vector256<uint> angleWord)
    {
        var one = Vector256<float>.One;

        // u is in (0, 1], with a mantissa m in [√½, √2): log u = exponent · log 2 + 2 artanh((m − 1) / (m + 1)).
        var u = (Vector256.ConvertToSingle((radiusWord >>> 1).AsInt32()) + Vector256.Create(0.5f)) * Vector256.Create(PerHalfRange);
        var bits = u.AsInt32();
        var exponent = bits - Vector256.Create(BitsOfRootHalf) >> MantissaBits;
        var mantissa = (bits - (exponent << MantissaBits)).AsSingle();
        var ratio = (mantissa - one) / (mantissa + one);
        var square = ratio * ratio;
        var tail = Vector256.Create(1f / 9) * square + Vector256.Create(1f / 7);
        tail = square * ((tail * square + Vector256.Create(1f / 5)) * square + Vector256.Create(1f / 3));
        var twice = ratio + ratio;
        var logarithm = Vector256.ConvertToSingle(exponent) * Vector256.Create(Log2) + (twice + twice * tail);
        var radius = Vector256.Sqrt(Vector256.Create(-2f) * logarithm);

        // Split off the nearest quarter turn: the series are short for the rest, which is within an eighth turn.
        var quarter = angleWord + Vector256.Create(EighthTurn) >>> 30;
        var angle = Vector256.ConvertToSingle((angleWord - (quarter << 30)).AsInt32()) * Vector256.Create(RadiansPerWord);
        var a = angle * angle;
        var sine = Vector256.Create(1f / 362880) * a - Vector256.Create(1f / 5040);
        sine = angle + angle * (a * ((sine * a + Vector256.Create(1f / 120)) * a - Vector256.Create(1f / 6)));
        var cosine = (Vector256.Create(-1f / 3628800) * a + Vector256.Create(1f / 40320)) * a - Vector256.Create(1f / 720);
        cosine = one + a * ((cosine * a + Vector256.Create(1f / 24)) * a - Vector256.Create(0.5f));
        var isOdd = (Vector256<uint>.Zero - (quarter & Vector256<uint>.One)).AsSingle();
        var negateCosine = (quarter + Vector256<uint>.One & Vector256.Create(2u)) << 30;
        var negateSine = (quarter & Vector256.Create(2u)) << 30;
        return (
            radius * (Vector256.ConditionalSelect(isOdd, sine, cosine).AsUInt32() ^ negateCosine).AsSingle(),
            radius * (Vector256.ConditionalSelect(isOdd, cosine, sine).AsUInt32() ^ negateSine).AsSingle());
    }

    // The same as above, with vectors twice as wide.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Cosine, Vector512<float> Sine) BoxMuller(Vector512<uint> radiusWord, Vector512<uint> angleWord)
    {
        var one = Vector512<float>.One;

        var u = (Vector512.ConvertToSingle((radiusWord >>> 1).AsInt32()) + Vector512.Create(0.5f)) * Vector512.Create(PerHalfRange);
        var bits = u.AsInt32();
        var exponent = bits - Vector512.Create(BitsOfRootHalf) >> MantissaBits;
        var mantissa = (bits - (exponent << MantissaBits)).AsSingle();
        var ratio = (mantissa - one) / (mantissa + one);
        var square = ratio * ratio;
        var tail = Vector512.Create(1f / 9) * square + Vector512.Create(1f / 7);
        tail = square * ((tail * square + Vector512.Create(1f / 5)) * square + Vector512.Create(1f / 3));
        var twice = ratio + ratio;
        var logarithm = Vector512.ConvertToSingle(exponent) * Vector512.Create(Log2) + (twice + twice * tail);
        var radius = Vector512.Sqrt(Vector512.Create(-2f) * logarithm);

        var quarter = angleWord + Vector512.Create(EighthTurn) >>> 30;
        var angle = Vector512.ConvertToSingle((angleWord - (quarter << 30)).AsInt32()) * Vector512.Create(RadiansPerWord);
        var a = angle * angle;
        var sine = Vector512.Create(1f / 362880) * a - Vector512.Create(1f / 5040);
        sine = angle + angle * (a * ((sine * a + Vector512.Create(1f / 120)) * a - Vector512.Create(1f / 6)));
        var cosine = (Vector512.Create(-1f / 3628800) * a + Vector512.Create(1f / 40320)) * a - Vector512.Create(1f / 720);
        cosine = one + a * ((cosine * a + Vector512.Create(1f / 24)) * a - Vector512.Create(0.5f));
        var isOdd = (Vector512<uint>.Zero - (quarter & Vector512<uint>.One)).AsSingle();
        var negateCosine = (quarter + Vector512<uint>.One & Vector512.Create(2u)) << 30;
        var negateSine = (quarter & Vector512.Create(2u)) << 30;
        return (
            radius * (Vector512.ConditionalSelect(isOdd, sine, cosine).AsUInt32() ^ negateCosine).AsSingle(),
            radius * (Vector512.ConditionalSelect(isOdd, cosine, sine).AsUInt32() ^ negateSine).AsSingle());
    }

    // The same operations, in the same order, as above.
    private static (float Cosine, float Sine) BoxMuller(uint radiusWord, uint angleWord)
    {
        float u = ((int)(radiusWord >> 1) + 0.5f) * PerHalfRange;
        int bits = BitConverter.SingleToInt32Bits(u);
        int exponent = bits - BitsOfRootHalf >> MantissaBits;
        float mantissa = BitConverter.Int32BitsToSingle(bits - (exponent << MantissaBits));
        float ratio = (mantissa - 1) / (mantissa + 1);
        float square = ratio * ratio;
        float tail = square * (((1f / 9 * square + 1f / 7) * square + 1f / 5) * square + 1f / 3);
        float twice = ratio + ratio;
        float logarithm = exponent * Log2 + (twice + twice * tail);
        float radius = MathF.Sqrt(-2f * logarithm);

        uint quarter = unchecked(angleWord + EighthTurn) >> 30;
        float angle = unchecked((int)(angleWord - (quarter << 30))) * RadiansPerWord;
        float a = angle * angle;
        float sine = angle + angle * (a * (((1f / 362880 * a - 1f / 5040) * a + 1f / 120) * a - 1f / 6));
        float cosine = 1 + a * ((((-1f / 3628800 * a + 1f / 40320) * a - 1f / 720) * a + 1f / 24) * a - 0.5f);
        bool isOdd = (quarter & 1) != 0;
        uint negateCosine = (quarter + 1 & 2) != 0 ? SignBit : 0, negateSine = (quarter & 2) != 0 ? SignBit : 0;
        return (
            radius * BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(isOdd ? sine : cosine) ^ negateCosine),
            radius * BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(isOdd ? cosine : sine) ^ negateSine));
    }
}
