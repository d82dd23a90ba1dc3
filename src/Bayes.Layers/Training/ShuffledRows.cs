using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Batches of the rows of two tensors, in another order every epoch. The tensors stay their giver's.</summary>
internal sealed class ShuffledRows
{
    // Rows are gathered for many batches at once, which one-row batches need to be fast, but not for all of a large data set.
    private const long BytesGathered = 64 << 20;

    private readonly Tensor _input;
    private readonly Tensor _target;
    private readonly int _batchSize;
    private readonly Random _random;
    private readonly long[] _order;

    public ShuffledRows(Tensor input, Tensor target, int batchSize, int seed)
    {
        _input = input;
        _target = target;
        _batchSize = batchSize;
        _random = new Random(seed);
        _order = [.. Enumerable.Range(0, checked((int)input.shape[0]))];
    }

    public long BatchesPerEpoch => (_order.Length + _batchSize - 1) / _batchSize;

    public IEnumerable<(Tensor Input, Tensor Target)> NextEpoch()
    {
        _random.Shuffle(_order);
        long bytesPerBatch = _batchSize * (BytesPerRow(_input) + BytesPerRow(_target));
        long rowsGathered = _batchSize * Math.Max(1, BytesGathered / Math.Max(1, bytesPerBatch));
        for (long start = 0; start < _order.Length; start += rowsGathered)
        {
            long rows = Math.Min(rowsGathered, _order.Length - start);
            using var input = Gather(_input, start, rows);
            using var target = Gather(_target, start, rows);
            for (long row = 0; row < rows; row += _batchSize)
            {
                long size = Math.Min(_batchSize, rows - row);
                yield return (input.narrow(0, row, size), target.narrow(0, row, size));
            }
        }
    }

    private Tensor Gather(Tensor values, long start, long rows)
    {
        using var scope = NewDisposeScope();
        var indices = tensor(_order.AsSpan((int)start, (int)rows).ToArray(), int64).to(values.device);
        return values.index_select(0, indices).Owned();
    }

    private static long BytesPerRow(Tensor values) => values.numel() / values.shape[0] * values.element_size();
}
