using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Makes batches of the rows of inputs and targets, in a new order every epoch. The tensors stay the caller's.</summary>
internal sealed class ShuffledRows
{
    // Gathers rows for many batches at once, which makes one-row batches fast, but not for all of a large data set.
    private const long BytesGathered = 64 << 20;

    private readonly NetworkInput _input;
    private readonly Tensor _target;
    private readonly int _batchSize;
    private readonly long[] _order;
    private readonly bool _joinsSingleRow;
    private Random _random;

    /// <param name="input"><c>[N, …]</c> for each input.</param>
    /// <param name="target"><c>[N, …]</c>.</param>
    /// <param name="batchSize">The number of rows of a batch.</param>
    /// <param name="seed">The seed of the order.</param>
    /// <param name="needsSeveralRows">Whether a last batch of one row joins the one before it.</param>
    public ShuffledRows(NetworkInput input, Tensor target, int batchSize, int seed, bool needsSeveralRows)
    {
        _input = input;
        _target = target;
        _batchSize = batchSize;
        _random = new Random(seed);
        _order = [.. Enumerable.Range(0, checked((int)input.Rows))];
        _joinsSingleRow = needsSeveralRows && batchSize > 1 && _order.Length > 1 && _order.Length % batchSize == 1;
    }

    /// <summary>Gets the number of batches of an epoch.</summary>
    public long BatchesPerEpoch => (_order.Length + _batchSize - 1) / _batchSize - (_joinsSingleRow ? 1 : 0);

    /// <summary>Continues after some epochs of a seed.</summary>
    public void SkipTo(int seed, int epochs)
    {
        _random = new Random(seed);
        for (int i = 0; i < _order.Length; i++)
            _order[i] = i;
        for (int epoch = 0; epoch < epochs; epoch++)
            _random.Shuffle(_order);
    }

    /// <summary>Returns the batches of the next epoch.</summary>
    public IEnumerable<(NetworkInput Input, Tensor Target)> NextEpoch()
    {
        _random.Shuffle(_order);
        long bytesPerBatch = _batchSize * (_input.BytesPerRow + ((NetworkInput)_target).BytesPerRow);
        long rowsGathered = _batchSize * Math.Max(1, BytesGathered / Math.Max(1, bytesPerBatch));
        for (long start = 0, rows; start < _order.Length; start += rows)
        {
            rows = Size(rowsGathered, _order.Length - start);
            using var gathered = new GatheredRows(_input, _target, _order.AsSpan((int)start, (int)rows));
            for (long row = 0, size; row < rows; row += size)
            {
                size = Size(_batchSize, rows - row);
                yield return (gathered.Input.Narrow(row, size), gathered.Target.narrow(0, row, size));
            }
        }
    }

    // Avoids a last batch of one row.
    private long Size(long most, long rest) => _joinsSingleRow && rest == most + 1 ? rest : Math.Min(most, rest);

    /// <summary>Copies of some rows, in the order of a batch.</summary>
    /// <remarks>Owns the copies.</remarks>
    private sealed class GatheredRows : IDisposable
    {
        public GatheredRows(NetworkInput input, Tensor target, ReadOnlySpan<long> rows)
        {
            using var scope = NewDisposeScope();
            var indices = tensor(rows.ToArray(), int64);
            (Input, Target) = (input.Each(Gather), Gather(target));
            foreach (var made in Input.Tensors.Append(Target))
                made.Owned();

            Tensor Gather(Tensor values) => values.index_select(0, indices.to(values.device));
        }

        public NetworkInput Input { get; }

        public Tensor Target { get; }

        public void Dispose()
        {
            foreach (var tensor in Input.Tensors)
                tensor.Dispose();
            Target.Dispose();
        }
    }
}
