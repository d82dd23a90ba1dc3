using static TorchSharp.torch.utils.data;

namespace Bayes.Layers.Tests.Training;

/// <summary>The rows of two tensors in batches, in their order; the last batch may be smaller.</summary>
internal static class RowBatches
{
    public static IEnumerable<(Tensor Input, Tensor Target)> Of(Tensor input, Tensor target, int size)
    {
        for (long row = 0; row < input.shape[0]; row += size)
        {
            long rows = Math.Min(size, input.shape[0] - row);
            yield return (input.narrow(0, row, rows), target.narrow(0, row, rows));
        }
    }
}

/// <summary>The rows of two tensors under names.</summary>
internal sealed class NamedRows(Tensor input, Tensor target) : Dataset
{
    public override long Count => input.shape[0];

    public override Dictionary<string, Tensor> GetTensor(long index) => new() { ["x"] = input[index], ["y"] = target[index] };
}
