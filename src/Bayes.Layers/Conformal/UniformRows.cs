using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <summary>Uniform numbers of rows that are named by seed, use and row.</summary>
internal static class UniformRows
{
    /// <summary>Returns a number in (0, 1) for each row, <c>[rows]</c>, in double precision.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="use">What the numbers are for; numbers of different uses are independent.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="device">The device of the result.</param>
    public static Tensor Of(long seed, string use, long rows, Device device)
    {
        using var scope = NewDisposeScope();
        var normal = NamedNoise.StandardNormal(seed, NamedNormals.Stream(use), first: 0, draws: 1, [rows], ScalarType.Float64, device);
        return special.ndtr(normal).squeeze(0).MoveToOuterDisposeScope();
    }
}
