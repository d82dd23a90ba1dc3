using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Graphs;

/// <summary>A constant tensor of a graph.</summary>
/// <param name="Value">Its name, type and shape.</param>
/// <param name="Numbers">Its numbers, contiguous, on the CPU, and of its type.</param>
internal sealed record GraphInitializer(GraphValue Value, Tensor Numbers)
{
    /// <summary>Gets the number of bytes of the numbers.</summary>
    public long ByteCount => Numbers.numel() * Numbers.element_size();
}
