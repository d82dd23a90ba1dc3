using System.Buffers;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Prediction;

/// <summary>The weights of the layers of a <see cref="DenseNetwork"/> for some draws.</summary>
internal abstract class DenseWeights : IDisposable
{
    // Reading where a tensor's numbers are takes some hundred nanoseconds, each time; copying a small network's weights next to each other takes that once.
    private const int MostPacked = 1 << 14;

    /// <summary>Those of draws, in the caller's dispose scope.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="draws">The draws, bound to the model.</param>
    public static DenseWeights Of(IReadOnlyList<DenseStep.Layer> layers, PosteriorDraws draws) =>
        layers.Sum(layer => (long)layer.Length) > MostPacked ? new InTensors(layers, draws) : new Packed(layers, draws);

    /// <summary>W <c>[out, in]</c> of a layer for a draw.</summary>
    public abstract ReadOnlySpan<float> Weight(int layer, int draw);

    /// <summary>b <c>[out]</c> of a layer for a draw; empty where there is none.</summary>
    public abstract ReadOnlySpan<float> Bias(int layer, int draw);

    /// <summary>Ends the use of the weights.</summary>
    public abstract void Dispose();

    // Layer after layer, and draw after draw.
    private sealed class Packed : DenseWeights
    {
        private readonly DenseStep.Layer[] _layers;
        private readonly int[] _starts;
        private readonly float[] _numbers;

        public Packed(IReadOnlyList<DenseStep.Layer> layers, PosteriorDraws draws)
        {
            _layers = [.. layers];
            _starts = new int[layers.Count];
            int end = 0;
            for (int i = 0; i < _layers.Length; i++)
                (_starts[i], end) = (end, end + _layers[i].Length * (_layers[i].IsDrawn ? draws.Samples : 1));
            _numbers = ArrayPool<float>.Shared.Rent(end);
            for (int i = 0; i < _layers.Length; i++)
            {
                var layer = _layers[i];
                ReadOnlySpan<float> weight = layer.Weight.Of(draws).Floats(), bias = layer.Bias is null ? [] : layer.Bias.Of(draws).Floats();
                for (int draw = 0; draw < (layer.IsDrawn ? draws.Samples : 1); draw++)
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
    private sealed class InTensors(IReadOnlyList<DenseStep.Layer> layers, PosteriorDraws draws) : DenseWeights
    {
        private readonly TorchSharp.torch.Tensor[] _weights = [.. layers.Select(layer => layer.Weight.Of(draws))];
        private readonly TorchSharp.torch.Tensor?[] _biases = [.. layers.Select(layer => layer.Bias?.Of(draws))];

        public override ReadOnlySpan<float> Weight(int layer, int draw) => Own(layer, draw, _weights[layer], layers[layer].WeightLength);

        public override ReadOnlySpan<float> Bias(int layer, int draw) => _biases[layer] is { } bias ? Own(layer, draw, bias, layers[layer].OutputSize) : [];

        public override void Dispose()
        {
        }

        private ReadOnlySpan<float> Own(int layer, int draw, TorchSharp.torch.Tensor tensor, int length) =>
            tensor.Floats(layers[layer].IsDrawn ? (long)draw * length : 0, length);
    }
}
