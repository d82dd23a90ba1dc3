using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Batches of the rows of two tensors, in another order every epoch. The tensors stay the caller's.</summary>
internal sealed class ShuffledRows
{
    // Rows are gathered for many batches at once, which one-row batches need to be fast, but not for all of a large data set.
    private const long BytesGathered = 64 << 20;

    private readonly Tensor _input;
    private readonly Tensor _target;
    private readonly int _batchSize;
    private readonly long[] _order;
    private readonly bool _joinsLoneRow;
    private Random _random;

    /// <param name="input"><c>[N, …]</c>.</param>
    /// <param name="target"><c>[N, …]</c>.</param>
    /// <param name="batchSize">Rows a batch.</param>
    /// <param name="seed">The seed of the order.</param>
    /// <param name="needsSeveralRows">Whether a last batch of one row joins the one before it.</param>
    public ShuffledRows(Tensor input, Tensor target, int batchSize, int seed, bool needsSeveralRows)
    {
        _input = input;
        _target = target;
        _batchSize = batchSize;
        _random = new Random(seed);
        _order = [.. Enumerable.Range(0, checked((int)input.shape[0]))];
        _joinsLoneRow = needsSeveralRows && batchSize > 1 && _order.Length > 1 && _order.Length % batchSize == 1;
    }

    /// <summary>How many batches an epoch has.</summary>
    public long BatchesPerEpoch => (_order.Length + _batchSize - 1) / _batchSize - (_joinsLoneRow ? 1 : 0);

    /// <summary>Goes on behind some epochs of a seed.</summary>
    public void SkipTo(int seed, int epochs)
    {
        _random = new Random(seed);
        for (int i = 0; i < _order.Length; i++)
            _order[i] = i;
        for (int epoch = 0; epoch < epochs; epoch++)
            _random.Shuffle(_order);
    }

    /// <summary>Gives the batches of another epoch.</summary>
    public IEnumerable<(Tensor Input, Tensor Target)> NextEpoch()
    {
        _random.Shuffle(_order);
        long bytesPerBatch = _batchSize * (BytesPerRow(_input) + BytesPerRow(_target));
        long rowsGathered = _batchSize * Math.Max(1, BytesGathered / Math.Max(1, bytesPerBatch));
        for (long start = 0, rows; start < _order.Length; start += rows)
        {
            rows = Size(rowsGathered, _order.Length - start);
            using var input = Gather(_input, start, rows);
            using var target = Gather(_target, start, rows);
            for (long row = 0, size; row < rows; row += size)
            {
                size = Size(_batchSize, rows - row);
                yield return (input.narrow(0, row, size), target.narrow(0, row, size));
            }
        }
    }

    // The rest's last row does not stay alone.
    private long Size(long most, long rest) => _joinsLoneRow && rest == most + 1 ? rest : Math.Min(most, rest);

    private Tensor Gather(Tensor values, long start, long rows)
    {
        using var scope = NewDisposeScope();
        var indices = tensor(_order.AsSpan((int)start, (int)rows).ToArray(), int64).to(values.device);
        return values.index_select(0, indices).Owned();
    }

    private static long BytesPerRow(Tensor values) => values.numel() / values.shape[0] * values.element_size();
}
