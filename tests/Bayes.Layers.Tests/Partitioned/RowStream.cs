using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Partitioned;

/// <summary>The rows of two tensors as a source of batches, in their order in every epoch.</summary>
internal sealed class RowStream(Tensor input, Tensor target, int size) : BatchStream
{
    public override long Rows => input.shape[0];

    public override long BatchesPerEpoch => (Rows + size - 1) / size;

    public override IEnumerable<(NetworkInput Input, Tensor Target)> Epoch(int epoch, int seed)
    {
        for (long row = 0; row < Rows; row += size)
        {
            long rows = Math.Min(size, Rows - row);
            yield return (input.narrow(0, row, rows), target.narrow(0, row, rows));
        }
    }
}
