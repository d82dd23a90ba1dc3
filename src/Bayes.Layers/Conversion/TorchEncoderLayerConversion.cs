using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// Converts between <c>nn.TransformerEncoderLayer</c> and <see cref="BayesianTransformerEncoderLayer"/>, which takes the sequence first then too,
/// unless <see cref="BayesianConversion.BatchFirst"/>.
/// </summary>
internal sealed class TorchEncoderLayerConversion : LayerConversion
{
    /// <inheritdoc/>
    public override Type PlainType => typeof(TransformerEncoderLayer);

    /// <inheritdoc/>
    public override Type BayesianType => typeof(BayesianTransformerEncoderLayer);

    /// <inheritdoc/>
    public override bool HasWeights => true;

    // The normalizations stay plain.
    /// <inheritdoc/>
    internal override IEnumerable<(string Name, Tensor Value)> ParametersOf(nn.Module<Tensor, Tensor> plain) =>
        base.ParametersOf(plain).Where(each => !each.Name.StartsWith("norm", StringComparison.Ordinal));

    /// <summary>Determines whether TorchSharp's module computes the same.</summary>
    public static bool CanCompute(BayesianTransformerEncoderLayer layer) => layer.SequenceFirst && NameOfMissing(layer) is null;

    /// <summary>Returns the option that TorchSharp's module lacks, apart from the order of the axes; null if it has all.</summary>
    public static string? NameOfMissing(BayesianTransformerEncoderLayer layer) =>
        layer.NormFirst ? "normFirst" : layer.IsCausal ? "isCausal" : !layer.HasBias ? "hasBias: false"
        : layer.Attention.Dropout != layer.Dropout ? "one probability of dropout in its attention and another elsewhere" : null;

    /// <inheritdoc/>
    internal override bool Fits(nn.Module bayesian) => CanCompute((BayesianTransformerEncoderLayer)bayesian);

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor> ToBayesian(nn.Module<Tensor, Tensor> plain, BayesianPass pass) =>
        ToBayesian(plain, "", EncoderOptions.Of(plain, plain.call), pass);

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor> ToPlain(nn.Module<Tensor, Tensor> bayesian, DeterministicPass pass)
    {
        var layer = (BayesianTransformerEncoderLayer)bayesian;
        var plain = Create(layer);
        try
        {
            Set(plain, "", layer, pass);
        }
        catch
        {
            plain.Dispose();
            throw;
        }
        plain.train(bayesian.training);
        return plain;
    }

    /// <summary>Makes a Bayesian layer of the parameters under a path.</summary>
    public static BayesianTransformerEncoderLayer ToBayesian(nn.Module plain, string prefix, EncoderOptions options, BayesianPass pass)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var made = new List<nn.Module>();
        try
        {
            var weights = new TorchTransformerWeights(plain, prefix);
            var attention = weights.ToBayesian(
                new AttentionSettings(options.Heads, options.Dropout, IsCausal: false, SequenceFirst: false), "self_attn.", pass, made);
            var layer = new BayesianTransformerEncoderLayer(
                new EncoderSettings(options.Activation, NormFirst: false, SequenceFirst: !pass.Options.BatchFirst),
                new EncoderParts(
                    attention, weights.ToBayesian("linear1", pass, made), nn.Dropout(options.Dropout), weights.ToBayesian("linear2", pass, made),
                    weights.ToPlain("norm1", made), weights.ToPlain("norm2", made)));
            layer.train(plain.training);
            return layer;
        }
        catch
        {
            foreach (var each in made)
                each.Dispose();
            throw;
        }
    }

    /// <summary>Makes a plain layer of the sizes and the options of a Bayesian one, with any weights.</summary>
    public static TransformerEncoderLayer Create(BayesianTransformerEncoderLayer layer) => TorchTransformerWeights.Owned(
        nn.TransformerEncoderLayer(layer.EmbeddingSize, layer.Heads, layer.FeedForwardSize, layer.Dropout, layer.Activation),
        layer.Inner.weight_mu);

    /// <summary>Sets the parameters under a path.</summary>
    public static void Set(nn.Module plain, string prefix, BayesianTransformerEncoderLayer layer, DeterministicPass pass)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var weights = new TorchTransformerWeights(plain, prefix);
        weights.Set("self_attn.", layer.Attention, pass);
        weights.Set("linear1", layer.Inner, pass);
        weights.Set("linear2", layer.Outer, pass);
        weights.Set("norm1", layer.FirstNorm);
        weights.Set("norm2", layer.SecondNorm);
    }
}
