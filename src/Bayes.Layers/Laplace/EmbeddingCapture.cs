using Bayes.Layers.Conversion;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>
/// An embedding; the places are the looked-up words. A word meets the row of the weight with its number, so a is 1 there and 0 elsewhere, and only
/// the
/// numbers are kept. The row of a <c>padding_idx</c> is a constant and has no curvature.
/// </summary>
internal sealed class EmbeddingCapture : LayerCapture
{
    private readonly Embedding _layer;
    private readonly WeightMatrix _matrix;
    private readonly long? _padding;

    /// <summary>Creates a capture.</summary>
    /// <param name="path">The path of the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="parameterOf">Returns a parameter by its name in the layer, or null if it has none of that name.</param>
    /// <exception cref="ArgumentException">Lookups change the weight.</exception>
    public EmbeddingCapture(string path, Embedding layer, Func<string, NetworkParameter?> parameterOf) : base(path)
    {
        _layer = layer;
        var options = EmbeddingOptions.Of(layer);
        if (options.HasMaxNorm)
            throw new ArgumentException("it has a max_norm, which changes the weight at each lookup; expected an Embedding without max_norm.");
        _padding = options.PaddingIndex;
        _matrix = new WeightMatrix(path, parameterOf("weight")!) { IsTransposed = true, IsIndexed = true, FixedRow = _padding };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightMatrix> Matrices => [_matrix];

    /// <inheritdoc/>
    public override Action Watch(Action<WeightMatrix, MatrixUse> record)
    {
        var remover = _layer.register_forward_hook((_, input, output) =>
        {
            var node = Node(output);
            record(_matrix, new Use(input.detach().clone().Owned(), node, _padding));
            return node.clone();
        });
        return remover.remove;
    }

    private sealed class Use(Tensor words, Tensor output, long? padding) : MatrixUse(output)
    {
        /// <summary>Returns the number of the row that each place meets, <c>[B, T, 1]</c> of Int64; −1 for padding.</summary>
        public override Tensor Inputs()
        {
            using var scope = NewDisposeScope();
            var numbers = words.to(ScalarType.Int64).reshape(words.shape[0], -1, 1);
            return (padding is null ? numbers : numbers.masked_fill(IsPadding(numbers), Scalars.MinusOne)).MoveToOuterDisposeScope();
        }

        public override Tensor ToPlaces(Tensor gradient)
        {
            using var scope = NewDisposeScope();
            var places = gradient.reshape(gradient.shape[0], -1, gradient.shape[^1]);
            return (padding is null ? places : places.masked_fill(IsPadding(words.reshape(words.shape[0], -1, 1)), Scalars.Zero))
                .MoveToOuterDisposeScope();
        }

        public override Tensor FromPlaces(Tensor places) => places.reshape(Output.shape);

        public override void Dispose()
        {
            words.Dispose();
            base.Dispose();
        }

        private Tensor IsPadding(Tensor numbers) => numbers.eq(tensor(padding!.Value, numbers.dtype, numbers.device));
    }
}
