using System.Numerics;

namespace Bayes.Layers.Data;

/// <summary>The values of one column in a block of rows. They stay in the type and the memory that they were read into.</summary>
public abstract class BlockColumn
{
    /// <summary>Copies values of some rows as numbers.</summary>
    /// <param name="firstRow">Zero-based index of the first row in the block.</param>
    /// <param name="values">
    /// Receives the numbers, <c>[rows, width]</c> in order; a value that is null or NaN becomes NaN.
    /// </param>
    public abstract void Read(int firstRow, Span<double> values);

    /// <summary>Returns a column of numbers.</summary>
    /// <param name="values">The values, which are not copied; rows of a vector one after the other.</param>
    /// <param name="width">The number of values in a row.</param>
    public static BlockColumn Of<T>(ReadOnlyMemory<T> values, int width = 1)
        where T : struct, INumberBase<T> => new Numbers<T>(values, width);

    /// <summary>Returns a column of numbers of which some may be null.</summary>
    /// <param name="values">The values, which are not copied.</param>
    public static BlockColumn Of<T>(ReadOnlyMemory<T?> values)
        where T : struct, INumberBase<T> => new NullableNumbers<T>(values);

    /// <summary>Returns a column of truth values: true is 1, false is 0.</summary>
    /// <param name="values">The values, which are not copied; null if missing.</param>
    public static BlockColumn Of(ReadOnlyMemory<bool?> values) => new TruthValues(values);

    private sealed class Numbers<T>(ReadOnlyMemory<T> all, int width) : BlockColumn
        where T : struct, INumberBase<T>
    {
        public override void Read(int firstRow, Span<double> values)
        {
            var from = all.Span.Slice(firstRow * width, values.Length);
            for (int i = 0; i < values.Length; i++)
                values[i] = double.CreateTruncating(from[i]);
        }
    }

    private sealed class NullableNumbers<T>(ReadOnlyMemory<T?> all) : BlockColumn
        where T : struct, INumberBase<T>
    {
        public override void Read(int firstRow, Span<double> values)
        {
            var from = all.Span.Slice(firstRow, values.Length);
            for (int i = 0; i < values.Length; i++)
                values[i] = from[i] is { } value ? double.CreateTruncating(value) : double.NaN;
        }
    }

    private sealed class TruthValues(ReadOnlyMemory<bool?> all) : BlockColumn
    {
        public override void Read(int firstRow, Span<double> values)
        {
            var from = all.Span.Slice(firstRow, values.Length);
            for (int i = 0; i < values.Length; i++)
                values[i] = from[i] is { } value ? value ? 1 : 0 : double.NaN;
        }
    }
}
