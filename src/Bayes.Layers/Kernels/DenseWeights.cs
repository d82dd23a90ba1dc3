using static TorchSharp.torch;

namespace Bayes.Layers.Kernels;

/// <summary>The weights of fully connected layers for some draws, in plain tensors of single precision.</summary>
/// <param name="layers">The layers.</param>
/// <param name="tensors">W and b of each layer; if the layer is drawn, one draw after the other.</param>
internal sealed class DenseWeights(IReadOnlyList<DenseStep.Layer> layers, IReadOnlyList<(Tensor Weight, Tensor? Bias)> tensors)
{
    // Looked up once: a lookup takes a few hundred nanoseconds, as long as the arithmetic of a small layer.
    private readonly TensorMemory<float>[] _weights = [.. tensors.Select(each => each.Weight.AsMemory<float>())];
    private readonly TensorMemory<float>[] _biases = [.. tensors.Select(each => each.Bias?.AsMemory<float>() ?? default)];
    private readonly DenseStep.Layer[] _layers = [.. layers];

    /// <summary>Returns W <c>[out, in]</c> of a layer for a draw.</summary>
    public ReadOnlySpan<float> Weight(int layer, int draw) => Of(_weights[layer], _layers[layer], draw, _layers[layer].WeightLength);

    /// <summary>Returns b <c>[out]</c> of a layer for a draw; empty if there is no bias.</summary>
    public ReadOnlySpan<float> Bias(int layer, int draw) =>
        _layers[layer].HasBias ? Of(_biases[layer], _layers[layer], draw, _layers[layer].OutputSize) : [];

    private static Span<float> Of(TensorMemory<float> memory, DenseStep.Layer layer, int draw, int length) =>
        memory.Slice(layer.IsDrawn ? (long)draw * length : 0, length);
}
