using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Prediction;

/// <summary>Computes the sums of <see cref="LaneSums"/>, for registers of some width.</summary>
internal abstract class MomentKernel
{
    /// <summary>The sums of each feature: the first draw's means, the differences from them, the squares of these, and the variances.</summary>
    public const int Quantities = 4;

    /// <summary>Gets the kernel for the widest registers of this processor.</summary>
    public static MomentKernel Widest { get; } =
        Vector512.IsHardwareAccelerated ? new MomentKernel<Lanes512>()
        : Vector256.IsHardwareAccelerated ? new MomentKernel<Lanes256>()
        : new MomentKernel<Lanes128>();

    /// <summary>Returns the count of entropies of one row.</summary>
    public static int EntropiesOf(ILaneMoments likelihood, int features) =>
        likelihood.HasEntropyOfEachFeature switch { null => 0, true => features, false => 1 };

    /// <summary>Adds draws to sums.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="outputs"><c>[draws, features, count]</c>.</param>
    /// <param name="draws">The number of draws.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="sums">
    /// <c>[4 · features + entropies, rows]</c>: first draw, differences, squares and variances of all features, and the entropies.
    /// </param>
    /// <param name="row">The row of the sums that the first row of the outputs belongs to.</param>
    /// <param name="isFirst">Whether the first draw is the first of all.</param>
    public abstract void Add(ILaneMoments likelihood, ReadOnlySpan<float> outputs, int draws, int features, Span<double> sums, int row, bool isFirst);

    /// <summary>Computes the entropies of means.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="means"><c>[features, count]</c>.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="entropies">Receives the result, <c>[entropies, count]</c>.</param>
    public abstract void Entropies(ILaneMoments likelihood, ReadOnlySpan<float> means, int features, Span<float> entropies);
}

/// <summary>The loops for registers of one width: rows are side by side.</summary>
internal sealed class MomentKernel<TLanes> : MomentKernel where TLanes : struct, ILanes<TLanes>
{
    // Sums and values of this many numbers stay in a first-level cache while all draws are added.
    private const int TileLength = 512;

    /// <inheritdoc/>
    public override void Add(ILaneMoments likelihood, ReadOnlySpan<float> outputs, int draws, int features, Span<double> sums, int row, bool isFirst)
    {
        int entropyLines = EntropiesOf(likelihood, features), count = outputs.Length / draws / features;
        int rowsInAll = sums.Length / (Quantities * features + entropyLines), length = features * TileRows(features);
        float[] room = ArrayPool<float>.Shared.Rent(3 * length);
        for (int start = 0; start < count; start += TileRows(features))
        {
            var (rows, padded) = Tile(start, count, features);
            Span<float> means = room.AsSpan(0, features * padded), variances = room.AsSpan(length, means.Length);
            var entropies = room.AsSpan(2 * length, entropyLines * padded);
            for (int draw = 0; draw < draws; draw++)
            {
                Load(outputs.Slice(draw * features * count, features * count), start, rows, means, padded);
                likelihood.Moments(AsLanes(means), features, AsLanes(variances));
                if (entropyLines > 0)
                    likelihood.Entropies<TLanes>(AsLanes(means), features, AsLanes(entropies));
                for (int feature = 0; feature < features; feature++)
                {
                    var own = means.Slice(feature * padded, rows);
                    var first = Line(sums, feature);
                    if (isFirst && draw == 0)
                        for (int i = 0; i < own.Length; i++)
                            first[i] = own[i];
                    AddDifferences(own, first, Line(sums, features + feature), Line(sums, 2 * features + feature));
                    Add(variances.Slice(feature * padded, rows), Line(sums, 3 * features + feature));
                }
                for (int i = 0; i < entropyLines; i++)
                    Add(entropies.Slice(i * padded, rows), Line(sums, Quantities * features + i));
            }

            Span<double> Line(Span<double> all, int line) => all.Slice(line * rowsInAll + row + start, rows);
        }
        ArrayPool<float>.Shared.Return(room);
    }

    /// <inheritdoc/>
    public override void Entropies(ILaneMoments likelihood, ReadOnlySpan<float> means, int features, Span<float> entropies)
    {
        int count = means.Length / features, lines = entropies.Length / count, length = features * TileRows(features);
        float[] room = ArrayPool<float>.Shared.Rent(2 * length);
        for (int start = 0; start < count; start += TileRows(features))
        {
            var (rows, padded) = Tile(start, count, features);
            Span<float> own = room.AsSpan(0, features * padded), found = room.AsSpan(length, lines * padded);
            Load(means, start, rows, own, padded);
            likelihood.Entropies<TLanes>(AsLanes(own), features, AsLanes(found));
            for (int i = 0; i < lines; i++)
                found.Slice(i * padded, rows).CopyTo(entropies.Slice(i * count + start, rows));
        }
        ArrayPool<float>.Shared.Return(room);
    }

    private static int TileRows(int features) => Math.Max(1, TileLength / TLanes.Count / features) * TLanes.Count;

    private static (int Rows, int Padded) Tile(int start, int count, int features)
    {
        int rows = Math.Min(TileRows(features), count - start);
        return (rows, (rows + TLanes.Count - 1) / TLanes.Count * TLanes.Count);
    }

    // Loads some rows of [features, count], with zeros after the last.
    private static void Load(ReadOnlySpan<float> source, int start, int rows, Span<float> target, int padded)
    {
        int features = target.Length / padded, count = source.Length / features;
        for (int feature = 0; feature < features; feature++)
        {
            var own = target.Slice(feature * padded, padded);
            source.Slice(feature * count + start, rows).CopyTo(own);
            own[rows..].Clear();
        }
    }

    private static Span<TLanes> AsLanes(Span<float> numbers) => MemoryMarshal.Cast<float, TLanes>(numbers);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddDifferences(ReadOnlySpan<float> values, ReadOnlySpan<double> first, Span<double> sums, Span<double> squares)
    {
        int i = 0, half = Vector<double>.Count;
        for (; i <= values.Length - 2 * half; i += 2 * half)
        {
            Vector.Widen(new Vector<float>(values[i..]), out var low, out var high);
            AddHalf(low, first[i..], sums[i..], squares[i..]);
            AddHalf(high, first[(i + half)..], sums[(i + half)..], squares[(i + half)..]);
        }
        for (; i < values.Length; i++)
        {
            double difference = values[i] - first[i];
            sums[i] += difference;
            squares[i] += difference * difference;
        }

        static void AddHalf(Vector<double> values, ReadOnlySpan<double> first, Span<double> sums, Span<double> squares)
        {
            var difference = values - new Vector<double>(first);
            (new Vector<double>(sums) + difference).CopyTo(sums);
            (new Vector<double>(squares) + difference * difference).CopyTo(squares);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(ReadOnlySpan<float> values, Span<double> sums)
    {
        int i = 0, half = Vector<double>.Count;
        for (; i <= values.Length - 2 * half; i += 2 * half)
        {
            Vector.Widen(new Vector<float>(values[i..]), out var low, out var high);
            (new Vector<double>(sums[i..]) + low).CopyTo(sums[i..]);
            (new Vector<double>(sums[(i + half)..]) + high).CopyTo(sums[(i + half)..]);
        }
        for (; i < values.Length; i++)
            sums[i] += values[i];
    }
}
