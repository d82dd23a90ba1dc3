using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// Converts between <see cref="PlainEncoderLayer"/> and those of <see cref="BayesianTransformerEncoderLayer"/> that TorchSharp's own module cannot
/// compute. Attention and feed-forward network convert as modules; normalizations and dropout stay the same objects.
/// </summary>
internal sealed class EncoderLayerConversion : LayerConversion
{
    private static readonly string[] Names =
    [
        BayesianTransformerEncoderLayer.AttentionKey, BayesianTransformerEncoderLayer.InnerKey, BayesianTransformerEncoderLayer.OuterKey,
    ];

    /// <inheritdoc/>
    public override Type PlainType => typeof(PlainEncoderLayer);

    /// <inheritdoc/>
    public override Type BayesianType => typeof(BayesianTransformerEncoderLayer);

    /// <inheritdoc/>
    public override bool HasWeights => false;

    /// <inheritdoc/>
    internal override bool Fits(nn.Module bayesian) => !TorchEncoderLayerConversion.CanCompute((BayesianTransformerEncoderLayer)bayesian);

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor> ToBayesian(nn.Module<Tensor, Tensor> plain, BayesianPass pass)
    {
        if (ConvertedParts.Of(plain, Names, pass) is not [BayesianMultiheadAttention attention, BayesianLinear inner, BayesianLinear outer])
            return plain;
        var others = plain.named_children().ToDictionary(child => child.name, child => child.module);
        var layer = new BayesianTransformerEncoderLayer(
            ((PlainEncoderLayer)plain).Settings,
            new EncoderParts(
                attention, inner, (Dropout)others[BayesianTransformerEncoderLayer.DropoutKey], outer,
                (LayerNorm)others[BayesianTransformerEncoderLayer.FirstNormKey], (LayerNorm)others[BayesianTransformerEncoderLayer.SecondNormKey]));
        layer.train(plain.training);
        return layer;
    }

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor> ToPlain(nn.Module<Tensor, Tensor> bayesian, DeterministicPass pass)
    {
        var plain = new PlainEncoderLayer(
            ((BayesianTransformerEncoderLayer)bayesian).Settings,
            [.. bayesian.named_children().Select(child => (
                child.name,
                (nn.Module)(Names.Contains(child.name) ? pass.Convert((nn.Module<Tensor, Tensor>)child.module, child.name) : child.module)))]);
        plain.train(bayesian.training);
        return plain;
    }
}
