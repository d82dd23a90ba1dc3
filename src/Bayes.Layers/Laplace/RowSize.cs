using Bayes.Layers.Networks;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>Estimates the memory of a row in a pass whose gradients are taken.</summary>
internal static class RowSize
{
    /// <summary>Returns the bytes of a row: its inputs, the values between modules twice, and what is computed for the chosen layers.</summary>
    /// <param name="network">The network, in evaluation mode.</param>
    /// <param name="row">One row of each input.</param>
    /// <param name="output">Zero-based index of the output; null for all.</param>
    /// <param name="pass">A pass of that row.</param>
    /// <param name="matrices">The matrices.</param>
    public static double Of(nn.Module network, NetworkInput row, int? output, CapturedPass pass, IReadOnlyList<WeightMatrix> matrices)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double values = 0;
        var removers = new List<nn.Module<Tensor, Tensor>.HookRemover>();
        try
        {
            foreach (var (_, module) in network.named_modules())
                if (module is nn.Module<Tensor, Tensor> called)
                    removers.Add(called.register_forward_hook((_, _, value) =>
                    {
                        values += value.numel();
                        return value;
                    }));
            NetworkCall.Of(network, [.. row.Tensors.Select(each => each.clone())], output);
        }
        finally
        {
            removers.ForEach(remover => remover.remove());
        }
        double captured = matrices.Select((_, i) => pass.InputsOf(i).numel() + 0.0).Sum();
        return row.BytesPerRow + (3 * values + 2 * captured + 2 * pass.OutputCount) * pass.Output.element_size();
    }
}
