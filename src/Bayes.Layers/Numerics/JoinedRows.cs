using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Several values with the same rows as one value: the numbers of a row of each, one after the other.</summary>
internal static class JoinedRows
{
    /// <summary>Joins values on their last axis, in the widest of their types.</summary>
    /// <param name="values">At least one, with the same leading axes.</param>
    /// <param name="leading">The number of axes that count draws and rows.</param>
    /// <returns>A new tensor, <c>[…, Σ]</c>.</returns>
    public static Tensor Join(IEnumerable<Tensor> values, int leading)
    {
        using var scope = NewDisposeScope();
        return cat([.. values.Select(value => value.reshape([.. value.shape[..leading], Count(value.shape[leading..])]))], leading)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Returns some numbers of each row in a shape, as a view if that is possible.</summary>
    /// <param name="joined"><c>[…, Σ]</c>.</param>
    /// <param name="first">The first number.</param>
    /// <param name="shape">The shape of a row's numbers.</param>
    public static Tensor Part(Tensor joined, long first, ReadOnlySpan<long> shape)
    {
        using var scope = NewDisposeScope();
        int axis = (int)joined.ndim - 1;
        return joined.narrow(axis, first, Count(shape)).reshape([.. joined.shape[..axis], .. shape]).MoveToOuterDisposeScope();
    }

    /// <summary>Returns how many numbers there are in a shape.</summary>
    public static long Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long size in shape)
            count *= size;
        return count;
    }
}
