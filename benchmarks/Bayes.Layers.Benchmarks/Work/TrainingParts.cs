using Bayes.Layers.Benchmarks.HandWritten;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>
/// The unavoidable parts of a training step: the products with their gradients in the weight and, except in the first layer, in the input; and the
/// noise.
/// </summary>
/// <param name="network">The network, which stays the caller's.</param>
/// <param name="input">One batch, which stays the caller's.</param>
internal sealed class TrainingParts(HandWrittenNetwork network, Tensor input) : IDisposable
{
    private List<(HandWrittenLayer Callee, Tensor Input)>? _calls;

    /// <summary>Runs the parts of a number of passes, each of which draws every weight anew.</summary>
    public IReadOnlyList<Bound> Of(int passes) =>
    [
        new Bound("products", () => Repeat(passes, Products)),
        new Bound("noise", () => Repeat(passes, () => empty(network.Weights(input.shape[0]), device: input.device).normal_())),
    ];

    public void Dispose()
    {
        foreach (var (_, kept) in _calls ?? [])
            kept.Dispose();
    }

    private void Products()
    {
        foreach (var (layer, value) in _calls ??= Keep())
        {
            layer.ForwardMean(value).sum().backward();
            foreach (var parameter in layer.Parameters)
                parameter.grad = null;
            value.grad = null;
        }
    }

    private void Repeat(int passes, Action part)
    {
        for (int pass = 0; pass < passes; pass++)
        {
            using var scope = NewDisposeScope();
            part();
        }
        if (input.device_type == DeviceType.CUDA)
            cuda.synchronize(input.device);
    }

    private List<(HandWrittenLayer Callee, Tensor Input)> Keep()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        List<(HandWrittenLayer Callee, Tensor Input)> calls = [];
        foreach (var (layer, value) in network.LayerCalls(input))
            calls.Add((layer, value.detach().clone().requires_grad_(calls.Count > 0).DetachFromDisposeScope()));
        return calls;
    }
}
