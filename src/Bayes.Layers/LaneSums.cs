using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// The sums of <see cref="PredictiveMoments"/> made in managed code, one sweep for a dozen of torch's: of outputs in single precision on the CPU, with a likelihood that has
/// <see cref="ILaneMoments"/> (decision 18).
/// </summary>
/// <remarks>Owns its tensor; dispose it. Threads may add to different rows at a time.</remarks>
internal sealed class LaneSums : IDisposable
{
    // Sums and values of so many numbers stay in a first-level cache while all draws are added.
    private const int TileLength = 512;

    // First draw, differences, squares, noise.
    private const int Quantities = 4;

    private readonly ILaneMoments _likelihood;
    private readonly int _features;
    private readonly int _rows;
    private readonly int _entropies;
    private readonly Tensor _sums;

    private LaneSums(ILaneMoments likelihood, int features, int rows, int entropies)
    {
        (_likelihood, _features, _rows, _entropies) = (likelihood, features, rows, entropies);
        _sums = zeros([Quantities * features + entropies, rows], ScalarType.Float64, CPU).Owned();
    }

    /// <summary>Sums for outputs like these; none where torch has to do it.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="outputs"><c>[s, b, out]</c>.</param>
    /// <param name="rows">How many rows there are in all.</param>
    public static LaneSums? TryFor(Likelihood likelihood, Tensor outputs, long rows)
    {
        if (likelihood is not ILaneMoments moments || outputs.ndim != 3 || outputs.dtype != ScalarType.Float32 || outputs.device_type != TorchSharp.DeviceType.CPU)
            return null;
        long features = outputs.shape[2], entropies = moments.HasEntropyOfEachFeature switch { null => 0, true => features, false => 1 };
        // A span holds no more bytes than an int counts.
        return outputs.numel() <= int.MaxValue / sizeof(float) && (Quantities * features + entropies) * rows <= int.MaxValue / sizeof(double) && moments.Takes((int)features)
            ? new LaneSums(moments, (int)features, (int)rows, (int)entropies)
            : null;
    }

    /// <summary>Takes in the outputs <c>[s, b, out]</c> of a block of draws for the rows from <paramref name="row"/> on.</summary>
    /// <param name="outputs">As they were when the sums were made.</param>
    /// <param name="row">The first row.</param>
    /// <param name="isFirst">Whether the first draw of these rows is the first of all.</param>
    public void Add(Tensor outputs, long row, bool isFirst)
    {
        using var scope = NewDisposeScope();
        int draws = (int)outputs.shape[0], count = (int)outputs.shape[1];
        ReadOnlySpan<float> numbers = outputs.transpose(1, 2).contiguous().Floats();
        if (Vector512.IsHardwareAccelerated)
            Add<Lanes512>(numbers, draws, count, (int)row, isFirst);
        else if (Vector256.IsHardwareAccelerated)
            Add<Lanes256>(numbers, draws, count, (int)row, isFirst);
        else
            Add<Lanes128>(numbers, draws, count, (int)row, isFirst);
    }

    /// <summary>The first draw's means, <c>[rows, out]</c>: like all, a view in the caller's dispose scope.</summary>
    public Tensor First => Of(0);

    /// <summary>The sums of the differences from the first draw, <c>[rows, out]</c>.</summary>
    public Tensor Differences => Of(1);

    /// <summary>The sums of the squares of these, <c>[rows, out]</c>.</summary>
    public Tensor Squares => Of(2);

    /// <summary>The sums of the variances, <c>[rows, out]</c>.</summary>
    public Tensor Noise => Of(3);

    /// <summary>The sums of the entropies, <c>[rows, out]</c> or <c>[rows]</c>; none where the likelihood has none.</summary>
    public Tensor? Entropy => _likelihood.HasEntropyOfEachFeature switch { null => null, true => Of(Quantities), false => _sums.select(0, Quantities * _features) };

    /// <summary>Frees the sums.</summary>
    public void Dispose() => _sums.Dispose();

    private Tensor Of(int quantity) => _sums.narrow(0, quantity * _features, _features).transpose(0, 1);

    private void Add<TLanes>(ReadOnlySpan<float> outputs, int draws, int count, int row, bool isFirst) where TLanes : struct, ILanes<TLanes>
    {
        var sums = MemoryMarshal.Cast<byte, double>(_sums.bytes);
        int tileVectors = Math.Max(1, TileLength / TLanes.Count / _features), tile = tileVectors * TLanes.Count;
        int length = _features * tile;
        float[] room = ArrayPool<float>.Shared.Rent(3 * length);
        for (int start = 0; start < count; start += tile)
        {
            int rows = Math.Min(tile, count - start), vectors = (rows + TLanes.Count - 1) / TLanes.Count, padded = vectors * TLanes.Count;
            Span<float> means = room.AsSpan(0, _features * padded), variances = room.AsSpan(length, means.Length);
            Span<float> entropies = room.AsSpan(2 * length, _entropies * padded);
            for (int draw = 0; draw < draws; draw++)
            {
                for (int feature = 0; feature < _features; feature++)
                {
                    var own = means.Slice(feature * padded, padded);
                    outputs.Slice((draw * _features + feature) * count + start, rows).CopyTo(own);
                    own[rows..].Clear();
                }
                _likelihood.Compute(MemoryMarshal.Cast<float, TLanes>(means), _features, MemoryMarshal.Cast<float, TLanes>(variances), MemoryMarshal.Cast<float, TLanes>(entropies));
                for (int feature = 0; feature < _features; feature++)
                {
                    var own = means.Slice(feature * padded, rows);
                    var first = Rows(sums, feature);
                    if (isFirst && draw == 0)
                        for (int i = 0; i < own.Length; i++)
                            first[i] = own[i];
                    AddDifferences(own, first, Rows(sums, _features + feature), Rows(sums, 2 * _features + feature));
                    Sum(variances.Slice(feature * padded, rows), Rows(sums, 3 * _features + feature));
                }
                for (int i = 0; i < _entropies; i++)
                    Sum(entropies.Slice(i * padded, rows), Rows(sums, Quantities * _features + i));
            }

            Span<double> Rows(Span<double> all, int line) => all.Slice(line * _rows + row + start, rows);
        }
        ArrayPool<float>.Shared.Return(room);
    }

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

    private static void Sum(ReadOnlySpan<float> values, Span<double> sums)
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
