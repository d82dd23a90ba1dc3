using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts between <see cref="PlainPositionalEmbedding"/> and <see cref="BayesianPositionalEmbedding"/>.</summary>
internal sealed class PositionalEmbeddingConversion : LayerConversion
{
    private const string Name = BayesianPositionalEmbedding.PositionsKey;

    /// <inheritdoc/>
    public override Type PlainType => typeof(PlainPositionalEmbedding);

    /// <inheritdoc/>
    public override Type BayesianType => typeof(BayesianPositionalEmbedding);

    /// <inheritdoc/>
    public override bool HasWeights => false;

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor> ToBayesian(nn.Module<Tensor, Tensor> plain, BayesianPass pass)
    {
        if (ConvertedParts.Of(plain, [Name], pass) is not [BayesianEmbedding positions])
            return plain;
        var module = new BayesianPositionalEmbedding(positions);
        module.train(plain.training);
        return module;
    }

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor> ToPlain(nn.Module<Tensor, Tensor> bayesian, DeterministicPass pass)
    {
        var plain = new PlainPositionalEmbedding(Name, (Embedding)pass.Convert(((BayesianPositionalEmbedding)bayesian).Positions, Name));
        plain.train(bayesian.training);
        return plain;
    }
}
