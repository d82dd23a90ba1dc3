using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Bayes.Layers.Kernels;

/// <summary>Products of small matrices, for which the overhead of a call into libtorch dominates. Needs no other thread.</summary>
/// <remarks>Owns the memory in which it packs columns: one for each thread.</remarks>
internal sealed class ProductLoop<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // Rows whose sums stay in registers together, two vectors each.
    private const int RowsAtATime = 4;

    private T[] _panel = [];

    /// <summary>Computes A B.</summary>
    /// <param name="left">A, <c>[rows, k]</c>.</param>
    /// <param name="right">B, <c>[k, columns]</c>.</param>
    /// <param name="result">Receives the product, row by row.</param>
    public void Multiply(StridedMatrix<T> left, StridedMatrix<T> right, Span<T> result) => Multiply(left, right, result, isAdded: false);

    /// <summary>Adds A B to sums.</summary>
    /// <inheritdoc cref="Multiply(StridedMatrix{T}, StridedMatrix{T}, Span{T})" path="/param"/>
    public void Add(StridedMatrix<T> left, StridedMatrix<T> right, Span<T> result) => Multiply(left, right, result, isAdded: true);

    private void Multiply(StridedMatrix<T> left, StridedMatrix<T> right, Span<T> result, bool isAdded)
    {
        if (left.Columns != right.Rows || result.Length != left.Rows * right.Columns)
            throw new ArgumentException(
                $"The matrices are {left.Rows} × {left.Columns} and {right.Rows} × {right.Columns}; expected {result.Length} numbers of a product.");
        int width = 2 * Vector<T>.Count, inner = left.Columns, columns = right.Columns;
        if (_panel.Length < inner * width)
            _panel = new T[inner * width];
        for (int column = 0; column < columns; column += width)
        {
            int count = Math.Min(width, columns - column);
            Pack(right, column, count, _panel.AsSpan(0, inner * width));
            if (count > Vector<T>.Count)
                MultiplyTwo(left, Vectors.Of(_panel.AsSpan(0, inner * width)), result, column, count, columns, isAdded);
            else
                MultiplyOne(left, Vectors.Of(_panel.AsSpan(0, inner * width)), result, column, count, columns, isAdded);
        }
    }

    // Columns beside each other, filled up with zeros.
    private static void Pack(StridedMatrix<T> matrix, int column, int count, Span<T> panel)
    {
        int width = panel.Length / matrix.Rows;
        if (count < width)
            panel.Clear();
        for (int row = 0; row < matrix.Rows; row++)
        {
            var to = panel.Slice(row * width, count);
            int at = row * matrix.RowStride + column * matrix.ColumnStride;
            if (matrix.ColumnStride == 1)
                matrix.Values.Slice(at, count).CopyTo(to);
            else
                for (int i = 0; i < to.Length; i++, at += matrix.ColumnStride)
                    to[i] = matrix.Values[at];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTwo(
        StridedMatrix<T> left, ReadOnlySpan<Vector<T>> panel, Span<T> result, int column, int count, int columns, bool isAdded)
    {
        ref T values = ref MemoryMarshal.GetReference(left.Values);
        int row = 0;
        for (; row <= left.Rows - RowsAtATime; row += RowsAtATime)
        {
            Vector<T> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
            ref T first = ref Unsafe.Add(ref values, row * left.RowStride);
            for (int k = 0, at = 0; k < panel.Length; k += 2, at += left.ColumnStride)
            {
                Vector<T> low = panel[k], high = panel[k + 1];
                var factor = new Vector<T>(Unsafe.Add(ref first, at));
                (s00, s01) = (MultiplyAdd(factor, low, s00), MultiplyAdd(factor, high, s01));
                factor = new Vector<T>(Unsafe.Add(ref first, at + left.RowStride));
                (s10, s11) = (MultiplyAdd(factor, low, s10), MultiplyAdd(factor, high, s11));
                factor = new Vector<T>(Unsafe.Add(ref first, at + 2 * left.RowStride));
                (s20, s21) = (MultiplyAdd(factor, low, s20), MultiplyAdd(factor, high, s21));
                factor = new Vector<T>(Unsafe.Add(ref first, at + 3 * left.RowStride));
                (s30, s31) = (MultiplyAdd(factor, low, s30), MultiplyAdd(factor, high, s31));
            }
            int to = row * columns + column;
            Store(s00, s01, result.Slice(to, count), isAdded);
            Store(s10, s11, result.Slice(to + columns, count), isAdded);
            Store(s20, s21, result.Slice(to + 2 * columns, count), isAdded);
            Store(s30, s31, result.Slice(to + 3 * columns, count), isAdded);
        }
        for (; row < left.Rows; row++)
        {
            Vector<T> s0 = default, s1 = default;
            ref T first = ref Unsafe.Add(ref values, row * left.RowStride);
            for (int k = 0, at = 0; k < panel.Length; k += 2, at += left.ColumnStride)
            {
                var factor = new Vector<T>(Unsafe.Add(ref first, at));
                (s0, s1) = (MultiplyAdd(factor, panel[k], s0), MultiplyAdd(factor, panel[k + 1], s1));
            }
            Store(s0, s1, result.Slice(row * columns + column, count), isAdded);
        }
    }

    // The high half of the panel is empty.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyOne(
        StridedMatrix<T> left, ReadOnlySpan<Vector<T>> panel, Span<T> result, int column, int count, int columns, bool isAdded)
    {
        ref T values = ref MemoryMarshal.GetReference(left.Values);
        int row = 0;
        for (; row <= left.Rows - RowsAtATime; row += RowsAtATime)
        {
            Vector<T> s0 = default, s1 = default, s2 = default, s3 = default;
            ref T first = ref Unsafe.Add(ref values, row * left.RowStride);
            for (int k = 0, at = 0; k < panel.Length; k += 2, at += left.ColumnStride)
            {
                var low = panel[k];
                s0 = MultiplyAdd(new Vector<T>(Unsafe.Add(ref first, at)), low, s0);
                s1 = MultiplyAdd(new Vector<T>(Unsafe.Add(ref first, at + left.RowStride)), low, s1);
                s2 = MultiplyAdd(new Vector<T>(Unsafe.Add(ref first, at + 2 * left.RowStride)), low, s2);
                s3 = MultiplyAdd(new Vector<T>(Unsafe.Add(ref first, at + 3 * left.RowStride)), low, s3);
            }
            int to = row * columns + column;
            Store(s0, result.Slice(to, count), isAdded);
            Store(s1, result.Slice(to + columns, count), isAdded);
            Store(s2, result.Slice(to + 2 * columns, count), isAdded);
            Store(s3, result.Slice(to + 3 * columns, count), isAdded);
        }
        for (; row < left.Rows; row++)
        {
            Vector<T> sum = default;
            ref T first = ref Unsafe.Add(ref values, row * left.RowStride);
            for (int k = 0, at = 0; k < panel.Length; k += 2, at += left.ColumnStride)
                sum = MultiplyAdd(new Vector<T>(Unsafe.Add(ref first, at)), panel[k], sum);
            Store(sum, result.Slice(row * columns + column, count), isAdded);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> MultiplyAdd(Vector<T> left, Vector<T> right, Vector<T> sum) => typeof(T) == typeof(float)
        ? Unsafe.BitCast<Vector<float>, Vector<T>>(
            Vector.MultiplyAddEstimate(Vector.AsVectorSingle(left), Vector.AsVectorSingle(right), Vector.AsVectorSingle(sum)))
        : Unsafe.BitCast<Vector<double>, Vector<T>>(
            Vector.MultiplyAddEstimate(Vector.AsVectorDouble(left), Vector.AsVectorDouble(right), Vector.AsVectorDouble(sum)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector<T> low, Vector<T> high, Span<T> result, bool isAdded)
    {
        int count = Vector<T>.Count;
        Store(low, result[..count], isAdded);
        Store(high, result[count..], isAdded);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector<T> sum, Span<T> result, bool isAdded)
    {
        if (result.Length == Vector<T>.Count)
            (isAdded ? sum + new Vector<T>(result) : sum).CopyTo(result);
        else
            for (int i = 0; i < result.Length; i++)
                result[i] = isAdded ? result[i] + sum[i] : sum[i];
    }
}
