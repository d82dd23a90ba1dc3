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
        if (noise.numel() <= PartLength)
        {
            var all = Floats(noise);
            for (int draw = 0; draw < draws; draw++)
                NamedNormals.Fill(all.Slice((int)(draw * perDraw), (int)perDraw), seed, stream, (uint)(first + draw));
        }
        else
        {
            var flat = noise.view(-1);
            long partsPerDraw = (perDraw + PartLength - 1) / PartLength;
            // As many threads as torch was allowed, no more.
            Parallel.For(0, partsPerDraw * draws, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, part =>
            {
                var (draw, start) = (part / partsPerDraw, part % partsPerDraw * PartLength);
                using var slice = flat.narrow(0, draw * perDraw + start, Math.Min(PartLength, perDraw - start));
                NamedNormals.Fill(Floats(slice), seed, stream, (uint)(first + draw), (uint)(start / NamedNormals.Tile));
            });
        }
        return noise.to(dtype).to(device).MoveToOuterDisposeScope();
    }

    private static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
