using Bayes.Layers.Maps;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>
/// A convolution over one to three dimensions; the places are those of its output, and a is the patch of the input that a place sees (Grosse &amp;
/// Martens 2016, "A Kronecker-factored approximate Fisher matrix for convolution layers", §3). Each group of channels has places of its own, at which
/// the outputs of other groups have no gradient.
/// </summary>
internal sealed class ConvolutionCapture : LayerCapture
{
    private readonly Convolution _layer;
    private readonly ConvolutionMap _map;
    private readonly WeightMatrix _matrix;

    /// <summary>Creates a capture.</summary>
    /// <param name="path">The path of the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="parameterOf">Returns a parameter by its name in the layer, or null if it has none of that name.</param>
    /// <exception cref="ArgumentException">The layer computes something else than its options say.</exception>
    public ConvolutionCapture(string path, Convolution layer, Func<string, NetworkParameter?> parameterOf) : base(path)
    {
        (_layer, _map) = (layer, PlainMaps.Of(layer));
        _matrix = new WeightMatrix(path, parameterOf("weight")!, parameterOf("bias"));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightMatrix> Matrices => [_matrix];

    /// <inheritdoc/>
    public override Action Watch(Action<WeightMatrix, MatrixUse> record) =>
        Watch(
            _layer, (input, output) => new Use(input.detach().clone().Owned(), output, _map, _matrix.Bias is not null),
            use => record(_matrix, use));

    private sealed class Use(Tensor input, Tensor output, ConvolutionMap map, bool hasBias) : MatrixUse(output)
    {
        public override Tensor Inputs()
        {
            using var scope = NewDisposeScope();
            var geometry = map.Geometry;
            var mode = geometry.PaddingMode == PaddingModes.Zeros ? PaddingModes.Constant : geometry.PaddingMode;
            var padded = geometry.PaddingPairs.All(each => each == 0) ? input : nn.functional.pad(input, geometry.PaddingPairs, mode);
            var patches = Patches.Of(padded, geometry, map.Groups);
            if (hasBias)
                patches = cat([patches, ones([.. patches.shape[..^1], 1], patches.dtype, patches.device)], -1);
            return patches.MoveToOuterDisposeScope();
        }

        public override Tensor ToPlaces(Tensor gradient) => Patches.ByGroup(gradient, map.Groups);

        public override Tensor FromPlaces(Tensor places)
        {
            using var scope = NewDisposeScope();
            // A place of a group tells of its own outputs alone.
            long channels = map.OutputChannels, each = channels / map.Groups;
            var own = places.reshape(places.shape[0], map.Groups, -1, map.Groups, each).diagonal(0, 1, 3);
            return own.permute(0, 3, 2, 1).reshape(Output.shape).MoveToOuterDisposeScope();
        }

        public override void Dispose()
        {
            input.Dispose();
            base.Dispose();
        }
    }
}
