using System.Buffers;
using static TorchSharp.torch;

namespace Bayes.Layers.Kernels;

/// <summary>The weights of fully connected layers for some draws.</summary>
internal abstract class DenseWeights : IDisposable
{
    // Looking up a tensor's memory takes some hundred nanoseconds; copying a small network's weights next to each other takes no longer.
    private const int MostPacked = 1 << 14;

    /// <summary>Returns the weights in plain tensors of single precision, which the caller keeps.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="tensors">W and b of each layer: one after the other for each draw if the layer is drawn.</param>
    /// <param name="draws">The number of draws.</param>
    public static DenseWeights Of(IReadOnlyList<DenseStep.Layer> layers, IReadOnlyList<(Tensor Weight, Tensor? Bias)> tensors, int draws) =>
        layers.Sum(layer => (long)layer.Length) > MostPacked ? new InTensors(layers, tensors) : new Packed(layers, tensors, draws);

    /// <summary>Returns W <c>[out, in]</c> of a layer for a draw.</summary>
    public abstract ReadOnlySpan<float> Weight(int layer, int draw);

    /// <summary>Returns b <c>[out]</c> of a layer for a draw; empty if there is no bias.</summary>
    public abstract ReadOnlySpan<float> Bias(int layer, int draw);

    /// <summary>Ends the use of the weights.</summary>
    public abstract void Dispose();

    // Layer after layer, and draw after draw.
    private sealed class Packed : DenseWeights
    {
        private readonly DenseStep.Layer[] _layers;
        private readonly int[] _starts;
        private readonly float[] _numbers;

        public Packed(IReadOnlyList<DenseStep.Layer> layers, IReadOnlyList<(Tensor Weight, Tensor? Bias)> tensors, int draws)
        {
            _layers = [.. layers];
            _starts = new int[layers.Count];
            int end = 0;
            for (int i = 0; i < _layers.Length; i++)
                (_starts[i], end) = (end, end + _layers[i].Length * (_layers[i].IsDrawn ? draws : 1));
            _numbers = ArrayPool<float>.Shared.Rent(end);
            for (int i = 0; i < _layers.Length; i++)
            {
                var layer = _layers[i];
                ReadOnlySpan<float> weight = tensors[i].Weight.AsSpan<float>(), bias = tensors[i].Bias is { } given ? given.AsSpan<float>() : [];
                for (int draw = 0; draw < (layer.IsDrawn ? draws : 1); draw++)
                {
                    var own = _numbers.AsSpan(_starts[i] + draw * layer.Length, layer.Length);
                    weight.Slice(draw * layer.WeightLength, layer.WeightLength).CopyTo(own);
                    if (!bias.IsEmpty)
                        bias.Slice(draw * layer.OutputSize, layer.OutputSize).CopyTo(own[layer.WeightLength..]);
                }
            }
        }

        public override ReadOnlySpan<float> Weight(int layer, int draw) => Own(layer, draw)[.._layers[layer].WeightLength];

        public override ReadOnlySpan<float> Bias(int layer, int draw) => Own(layer, draw)[_layers[layer].WeightLength..];

        public override void Dispose() => ArrayPool<float>.Shared.Return(_numbers);

        private ReadOnlySpan<float> Own(int layer, int draw) =>
            _numbers.AsSpan(_starts[layer] + (_layers[layer].IsDrawn ? draw * _layers[layer].Length : 0), _layers[layer].Length);
    }

    // Where they are.
    private sealed class InTensors(IReadOnlyList<DenseStep.Layer> layers, IReadOnlyList<(Tensor Weight, Tensor? Bias)> tensors) : DenseWeights
    {
        private readonly TensorMemory<float>[] _weights = [.. tensors.Select(each => each.Weight.AsMemory<float>())];
        private readonly TensorMemory<float>[] _biases = [.. tensors.Select(each => each.Bias?.AsMemory<float>() ?? default)];

        public override ReadOnlySpan<float> Weight(int layer, int draw) => Own(layer, draw, _weights[layer], layers[layer].WeightLength);

        public override ReadOnlySpan<float> Bias(int layer, int draw) =>
            layers[layer].HasBias ? Own(layer, draw, _biases[layer], layers[layer].OutputSize) : [];

        public override void Dispose() => GC.KeepAlive(tensors);

        private ReadOnlySpan<float> Own(int layer, int draw, TensorMemory<float> memory, int length) =>
            memory.Slice(layers[layer].IsDrawn ? (long)draw * length : 0, length);
    }
}
