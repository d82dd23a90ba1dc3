using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts between <see cref="PlainAttention"/> and <see cref="BayesianMultiheadAttention"/>, by their projections.</summary>
internal sealed class AttentionConversion : LayerConversion
{
    private static readonly string[] Names =
    [
        BayesianMultiheadAttention.QueryKey, BayesianMultiheadAttention.KeyKey, BayesianMultiheadAttention.ValueKey,
        BayesianMultiheadAttention.OutputKey,
    ];

    /// <inheritdoc/>
    public override Type PlainType => typeof(PlainAttention);

    /// <inheritdoc/>
    public override Type BayesianType => typeof(BayesianMultiheadAttention);

    /// <inheritdoc/>
    public override bool HasWeights => false;

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor> ToBayesian(nn.Module<Tensor, Tensor> plain, BayesianPass pass)
    {
        if (ConvertedParts.Of(plain, Names, pass) is not [BayesianLinear query, BayesianLinear key, BayesianLinear value, BayesianLinear output])
            return plain;
        var attention = new BayesianMultiheadAttention(((PlainAttention)plain).Settings, query, key, value, output);
        attention.train(plain.training);
        return attention;
    }

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor> ToPlain(nn.Module<Tensor, Tensor> bayesian, DeterministicPass pass)
    {
        var children = bayesian.named_children().ToDictionary(child => child.name, child => (nn.Module<Tensor, Tensor>)child.module);
        var plain = new PlainAttention(
            ((BayesianMultiheadAttention)bayesian).Settings, [.. Names.Select(name => (name, (Linear)pass.Convert(children[name], name)))]);
        plain.train(bayesian.training);
        return plain;
    }
}
