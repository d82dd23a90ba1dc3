using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Data;

/// <summary>The rows of a table in batches, in order or shuffled within a buffer.</summary>
internal sealed class TableBatches : BatchStream
{
    private readonly TableRows _rows;
    private readonly int _size;
    private readonly int _shuffleBuffer;
    private readonly Device _device;

    /// <param name="rows">The rows.</param>
    /// <param name="count">Their number.</param>
    /// <param name="size">The number of rows of a batch.</param>
    /// <param name="shuffleBuffer">The number of rows that wait to be drawn from; 0 keeps the order.</param>
    /// <param name="device">The device of the tensors.</param>
    public TableBatches(TableRows rows, long count, int size, int shuffleBuffer, Device device)
    {
        (_rows, Rows, _size, _device) = (rows, count, size, device);
        _shuffleBuffer = (int)Math.Min(shuffleBuffer, count);
        bool joinsSingleRow = size > 1 && count > 1 && count % size == 1;
        BatchesPerEpoch = (count + size - 1) / size - (joinsSingleRow ? 1 : 0);
    }

    public override long Rows { get; }

    public override long BatchesPerEpoch { get; }

    public override IEnumerable<(NetworkInput Input, Tensor Target)> Epoch(int epoch, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        return Batches(epoch, seed).Select(batch => ((NetworkInput)batch.Input(), batch.Target()));
    }

    /// <summary>Returns the inputs alone, in the order of the table.</summary>
    public IEnumerable<Tensor> InputsInOrder() => Batches(epoch: 0, seed: 0).Select(batch => batch.Input());

    /// <summary>Returns inputs and targets in the order of the table.</summary>
    public IEnumerable<(Tensor Input, Tensor Target)> PairsInOrder() =>
        Batches(epoch: 0, seed: 0).Select(batch => (batch.Input(), batch.Target()));

    // The same batch every time, whose memory is used again.
    private IEnumerable<RowBatch> Batches(int epoch, int seed)
    {
        var batch = new RowBatch(_rows, _device);
        long made = 0;
        foreach (var (values, row) in InOrderOf(epoch, seed))
        {
            batch.Add(values, row);
            // The last batch may have fewer rows, or one more.
            if (batch.Count < _size || made == BatchesPerEpoch - 1)
                continue;
            yield return batch;
            batch.Clear();
            made++;
        }
        yield return batch;
    }

    private IEnumerable<(double[] Values, int Row)> InOrderOf(int epoch, int seed) => _shuffleBuffer == 0
        ? _rows.Read(order: null).SelectMany(chunk => Enumerable.Range(0, chunk.Count).Select(row => (chunk.Values, row)))
        : new ShuffleBuffer(_shuffleBuffer, _rows.Width, EpochSeed.Of(seed, epoch, purpose: 0))
            .Shuffle(_rows.Read(new Random(EpochSeed.Of(seed, epoch, purpose: 1))));
}
