using System.Runtime.CompilerServices;
using Bayes.Layers.Kernels;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Fills tensors with <see cref="NamedNormals"/>.</summary>
internal static class NamedNoise
{
    // About fifteen microseconds of work, enough to be worth another thread, and 64 KiB, which fit into a core's cache.
    private const long PartLength = 512 * NamedNormals.Tile;

    /// <summary>
    /// Returns N(0, 1) noise of consecutive draws of one stream. It is computed on the CPU in single precision and then converted, so a draw is the
    /// same on every device, and the same up to rounding in every element type.
    /// </summary>
    /// <param name="seed">The seed.</param>
    /// <param name="stream">The stream; each parameter has its own.</param>
    /// <param name="first">The first draw; at least 0.</param>
    /// <param name="draws">The number of draws; at least 1.</param>
    /// <param name="shape">The shape of one draw.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="device">The device of the result.</param>
    /// <returns>A tensor [draws, …shape] that belongs to the caller's dispose scope.</returns>
    public static Tensor StandardNormal(
        long seed, ulong stream, int first, int draws, ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var noise = empty([draws, .. shape], ScalarType.Float32, CPU);
        Fill(noise, seed, stream, first, mean: null, stddev: null);
        return noise.to(device).to(dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Returns weights of consecutive draws, mean + stddev · eps with the noise eps of <see cref="StandardNormal"/>.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="first">The first draw; at least 0.</param>
    /// <param name="draws">The number of draws; at least 1.</param>
    /// <param name="mean">mu.</param>
    /// <param name="stddev">sigma, a tensor like the mean.</param>
    /// <returns>A tensor [draws, …shape] like the mean that belongs to the caller's dispose scope.</returns>
    public static Tensor Normal(long seed, ulong stream, int first, int draws, Tensor mean, Tensor stddev)
    {
        using var scope = NewDisposeScope();
        Tensor weights;
        // Separate operations round the same in every block of draws and on both paths; a fused one might not at the ends of blocks.
        if (mean.IsPlain(ScalarType.Float32) && stddev.IsPlain(ScalarType.Float32))
        {
            weights = empty([draws, .. mean.shape], ScalarType.Float32, CPU);
            Fill(weights, seed, stream, first, mean, stddev);
        }
        else
            weights = StandardNormal(seed, stream, first, draws, mean.shape, mean.dtype, mean.device).mul_(stddev).add_(mean, Scalars.One);
        return weights.MoveToOuterDisposeScope();
    }

    /// <summary>Returns some rows of the result of <see cref="Normal"/> for a whole weight, equal to the bit.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="first">The first draw; at least 0.</param>
    /// <param name="draws">The number of draws; at least 1.</param>
    /// <param name="mean">The rows of mu, <c>[K, …]</c>.</param>
    /// <param name="stddev">The rows of sigma.</param>
    /// <param name="rows">Their K indices on axis 0 of the whole weight.</param>
    /// <returns>A tensor <c>[draws, K, …]</c> like the mean that belongs to the caller's dispose scope.</returns>
    public static Tensor NormalRows(long seed, ulong stream, int first, int draws, Tensor mean, Tensor stddev, long[] rows)
    {
        using var scope = NewDisposeScope();
        var noise = empty([draws, .. mean.shape], ScalarType.Float32, CPU);
        var all = noise.AsMemory<float>();
        int length = (int)(mean.numel() / rows.Length), skipped = NamedNormals.Tile - 1;
        TorchThreads.For(draws, draw =>
        {
            var own = all.Slice(draw * rows.Length * length, rows.Length * length);
            var tiles = new float[skipped + length];
            for (int i = 0; i < rows.Length; i++)
            {
                // A row may begin inside a tile.
                long start = rows[i] * length;
                int before = (int)(start % NamedNormals.Tile);
                var numbers = tiles.AsSpan(0, before + length);
                NamedNormals.Fill(numbers, seed, stream, (uint)(first + draw), (uint)(start / NamedNormals.Tile));
                numbers[before..].CopyTo(own.Slice(i * length, length));
            }
        }, isLarge: noise.numel() > PartLength);
        return noise.to(mean.device).to(mean.dtype).mul_(stddev).add_(mean, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Adds Σ_k z_k u_k to weights, in place, with one product and one sum at a time, so a draw is rounded the same in every block of draws.
    /// </summary>
    /// <param name="weights"><c>[S, …shape]</c>.</param>
    /// <param name="factor">The directions u_k, <c>[rank, …shape]</c>.</param>
    /// <param name="z"><c>[S, rank]</c>.</param>
    public static void AddCombinations(Tensor weights, Tensor factor, Tensor z)
    {
        long draws = weights.shape[0], rank = factor.shape[0], length = factor.numel() / rank;
        if (weights.IsPlain(ScalarType.Float32) && factor.IsPlain(ScalarType.Float32))
        {
            TensorMemory<float> all = weights.AsMemory<float>(), directions = factor.AsMemory<float>(), numbers = z.AsMemory<float>();
            TorchThreads.For(draws, draw =>
            {
                var own = all.Slice(draw * length, (int)length);
                for (long k = 0; k < rank; k++)
                    Vectors.AddScaled<float>(directions.Slice(k * length, own.Length), numbers.Slice(draw * rank + k, 1)[0], own);
            }, isLarge: draws * length > PartLength);
            GC.KeepAlive((weights, factor, z));
            return;
        }
        using var scope = NewDisposeScope();
        long[] perDraw = [draws, .. Enumerable.Repeat(1L, (int)factor.ndim - 1)];
        for (long k = 0; k < rank; k++)
            weights.add_(factor[k].mul(z.select(1, k).reshape(perDraw)), Scalars.One);
    }

    private static void Fill(Tensor target, long seed, ulong stream, int first, Tensor? mean, Tensor? stddev)
    {
        int draws = (int)target.shape[0];
        long perDraw = target.numel() / draws;
        // A part is a piece of one large draw, or several small draws.
        long pieces = (perDraw + PartLength - 1) / PartLength;
        int drawsPerPart = (int)Math.Clamp(PartLength / perDraw, 1, draws);
        long parts = (draws + drawsPerPart - 1) / drawsPerPart * pieces;
        var all = target.AsMemory<float>();
        TensorMemory<float> allMeans = mean?.AsMemory<float>() ?? default, allStddevs = stddev?.AsMemory<float>() ?? default;
        TorchThreads.For(parts, FillPart);
        GC.KeepAlive((target, mean, stddev));

        void FillPart(long part)
        {
            int from = (int)(part / pieces) * drawsPerPart, to = Math.Min(from + drawsPerPart, draws);
            long start = part % pieces * PartLength;
            int length = (int)Math.Min(PartLength, perDraw - start);
            var numbers = all.Slice(from * perDraw + start, (int)((to - from - 1) * perDraw) + length);
            ReadOnlySpan<float> means = mean is null ? [] : allMeans.Slice(start, length);
            ReadOnlySpan<float> stddevs = stddev is null ? [] : allStddevs.Slice(start, length);
            for (int draw = from; draw < to; draw++)
            {
                var own = numbers.Slice((int)((draw - from) * perDraw), length);
                NamedNormals.Fill(own, seed, stream, (uint)(first + draw), (uint)(start / NamedNormals.Tile));
                if (mean is not null)
                    ScaleAndShift(own, stddevs, means);
            }
        }
    }

    // Rounds like torch's mul_ and add_. Optimized on the first call, because a prediction may draw only once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleAndShift(Span<float> numbers, ReadOnlySpan<float> factors, ReadOnlySpan<float> summands) =>
        Vectors.MultiplyThenAdd<float>(numbers, factors, summands, numbers);
}
