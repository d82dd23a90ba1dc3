using Bayes.Layers.Maps;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>
/// A transposed convolution over one to three dimensions. The places are those of its input, and the weight is transposed: a place of the input meets
/// the patch of the output's gradient that it contributes to. The bias is a matrix of its own, with one place.
/// </summary>
internal sealed class TransposedConvolutionCapture : LayerCapture
{
    private readonly Convolution _layer;
    private readonly TransposedConvolutionMap _map;
    private readonly WeightMatrix _weight;
    private readonly WeightMatrix? _bias;

    /// <summary>Creates a capture.</summary>
    /// <param name="path">The path of the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="parameterOf">Returns a parameter by its name in the layer, or null if it has none of that name.</param>
    /// <exception cref="ArgumentException">The layer computes something else than its options say.</exception>
    public TransposedConvolutionCapture(string path, Convolution layer, Func<string, NetworkParameter?> parameterOf) : base(path)
    {
        (_layer, _map) = (layer, PlainMaps.OfTransposed(layer));
        _weight = new WeightMatrix(path, parameterOf("weight")!) { IsTransposed = true };
        _bias = parameterOf("bias") is { } bias ? new WeightMatrix(path, bias) : null;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightMatrix> Matrices => _bias is null ? [_weight] : [_weight, _bias];

    /// <inheritdoc/>
    public override Action Watch(Action<WeightMatrix, MatrixUse> record)
    {
        var remover = _layer.register_forward_hook((_, input, output) =>
        {
            var node = Node(output);
            record(_weight, new Use(Patches.ByGroup(input.detach().clone(), _map.Groups).Owned(), input.shape[2..], node, _map));
            if (_bias is not null)
                record(_bias, new BiasUse(node.alias().Owned()));
            return node.clone();
        });
        return remover.remove;
    }

    private sealed class Use(Tensor inputs, long[] size, Tensor output, TransposedConvolutionMap map) : MatrixUse(output)
    {
        public override Tensor Inputs() => inputs.alias();

        public override Tensor ToPlaces(Tensor gradient)
        {
            using var scope = NewDisposeScope();
            var geometry = map.Geometry;
            var padded = geometry.PaddingPairs.All(each => each == 0) ? gradient
                : nn.functional.pad(gradient, geometry.PaddingPairs, PaddingModes.Constant);
            // Some of the output padding may be a window that no place of the input reaches.
            for (int d = 0; d < geometry.Dimensions; d++)
                padded = padded.narrow(2 + d, 0, (size[d] - 1) * geometry.Stride[d] + geometry.Reach(d));
            return Patches.Of(padded, geometry, map.Groups).MoveToOuterDisposeScope();
        }

        public override Tensor FromPlaces(Tensor places) =>
            throw new NotSupportedException("The places of a transposed convolution are those of its input.");

        public override void Dispose()
        {
            inputs.Dispose();
            base.Dispose();
        }
    }

    private sealed class BiasUse(Tensor output) : MatrixUse(output)
    {
        public override Tensor Inputs() => ones([Output.shape[0], 1, 1], Output.dtype, Output.device);

        public override Tensor ToPlaces(Tensor gradient)
        {
            using var scope = NewDisposeScope();
            return gradient.flatten(2).sum([2L]).unsqueeze(1).MoveToOuterDisposeScope();
        }

        public override Tensor FromPlaces(Tensor places) =>
            throw new NotSupportedException("The bias has the same number for all places.");
    }
}
