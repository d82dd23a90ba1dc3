using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Tensors of <see cref="NamedNormals"/>.</summary>
internal static class NamedNoise
{
    // Some fifty microseconds' work: enough to be worth handing to another thread.
    private const long PartLength = 512 * NamedNormals.Tile;

    /// <summary>
    /// N(0, 1) noise of consecutive draws of one stream. Made on the CPU in single precision and then converted, so that a draw
    /// is the same on every device, and up to rounding in every element type.
    /// </summary>
    /// <param name="seed">The seed.</param>
    /// <param name="stream">The stream: one for each parameter.</param>
    /// <param name="first">The first draw; at least 0.</param>
    /// <param name="draws">How many draws; at least 1.</param>
    /// <param name="shape">The shape of one draw.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="device">The device that the tensor is to be on.</param>
    /// <returns>A tensor [draws, …shape] that belongs to the caller's dispose scope.</returns>
    public static Tensor StandardNormal(
        long seed, ulong stream, int first, int draws, ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var noise = empty([draws, .. shape], ScalarType.Float32, CPU);
        long perDraw = noise.numel() / draws;
        // A part is a piece of one large draw, or several small draws.
        long pieces = (perDraw + PartLength - 1) / PartLength;
        int drawsPerPart = (int)Math.Clamp(PartLength / perDraw, 1, draws);
        long parts = (draws + drawsPerPart - 1) / drawsPerPart * pieces;
        var flat = noise.view(-1);
        if (parts == 1)
            Fill(0);
        else
            // As many threads as torch was allowed, no more.
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, Fill);
        return noise.to(device).to(dtype).MoveToOuterDisposeScope();

        void Fill(long part)
        {
            int from = (int)(part / pieces) * drawsPerPart, to = Math.Min(from + drawsPerPart, draws);
            long start = part % pieces * PartLength, length = Math.Min(PartLength, perDraw - start);
            using var slice = flat.narrow(0, from * perDraw + start, (to - from - 1) * perDraw + length);
            var numbers = MemoryMarshal.Cast<byte, float>(slice.bytes);
            for (int draw = from; draw < to; draw++)
                NamedNormals.Fill(
                    numbers.Slice((int)((draw - from) * perDraw), (int)length), seed, stream, (uint)(first + draw), (uint)(start / NamedNormals.Tile));
        }
    }
}
