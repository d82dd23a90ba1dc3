namespace Bayes.Layers.Numerics;

/// <summary>Counts the elements of shapes, and formats shapes for messages.</summary>
internal static class Shapes
{
    /// <summary>Returns the number of elements of a shape.</summary>
    public static long Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long size in shape)
            count *= size;
        return count;
    }

    /// <summary>Returns a shape as text, such as <c>[32, 2]</c>.</summary>
    public static string Describe(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>Returns the call that adds or removes one axis of size 1 to get the expected shape, such as <c>unsqueeze(1)</c>; null if there is no
    /// such call.</summary>
    public static string? CallToFit(ReadOnlySpan<long> found, ReadOnlySpan<long> expected) =>
        AxisBetween(expected, found) is { } missing ? $"unsqueeze({missing})"
        : AxisBetween(found, expected) is { } surplus ? $"squeeze({surplus})"
        : null;

    // The axis of size 1, after the first axis, whose removal turns the longer shape into the shorter one.
    private static int? AxisBetween(ReadOnlySpan<long> longer, ReadOnlySpan<long> shorter)
    {
        if (longer.Length == shorter.Length + 1)
            for (int axis = 1; axis < longer.Length; axis++)
                if (longer[axis] == 1 && longer[..axis].SequenceEqual(shorter[..axis]) && longer[(axis + 1)..].SequenceEqual(shorter[axis..]))
                    return axis;
        return null;
    }
}
