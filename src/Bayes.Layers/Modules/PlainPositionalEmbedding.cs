using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>Adds a plain vector for each step: what a <see cref="BayesianPositionalEmbedding"/> becomes.</summary>
internal sealed class PlainPositionalEmbedding : nn.Module<Tensor, Tensor>
{
    // An array, because TorchSharp would also register a field of the child, under the field's name.
    private readonly Embedding[] _positions;

    /// <summary>Creates the module around its vectors, which it then owns.</summary>
    /// <param name="name">The name of the child.</param>
    /// <param name="positions">The vectors.</param>
    public PlainPositionalEmbedding(string name, Embedding positions) : base(nameof(PlainPositionalEmbedding))
    {
        _positions = [positions];
        register_module(name, positions);
    }

    /// <summary>Adds the vectors: <c>[…, T, size]</c> → <c>[…, T, size]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var indices = arange(input.shape[^2], ScalarType.Int64, input.device);
        return input.add(_positions[0].call(indices), Scalars.One).MoveToOuterDisposeScope();
    }
}
