using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts between <c>nn.Embedding</c> and <see cref="BayesianEmbedding"/>.</summary>
internal sealed class EmbeddingConversion : WeightLayerConversion<Embedding, BayesianEmbedding>
{
    /// <inheritdoc/>
    protected override Parameter Weight(Embedding plain) => plain.weight!;

    /// <inheritdoc/>
    protected override Parameter? Bias(Embedding plain) => null;

    /// <inheritdoc/>
    protected override void SetWeight(Embedding plain, Parameter weight) => plain.weight = weight;

    /// <inheritdoc/>
    protected override BayesianEmbedding Create(Embedding plain, LayerStart start)
    {
        long[] shape = plain.weight!.shape;
        return new(shape[0], shape[1], start.Prior, start.Initializer, start.Device, start.Dtype, start.FixedRow);
    }

    /// <inheritdoc/>
    protected override Embedding Create(BayesianEmbedding bayesian, Device device, ScalarType dtype) =>
        nn.Embedding(bayesian.Count, bayesian.Size, bayesian.PaddingIndex, device: device, dtype: dtype);

    /// <inheritdoc/>
    private protected override long? FixedRowOf(Embedding plain)
    {
        var options = EmbeddingOptions.Of(plain);
        if (options.HasMaxNorm)
            throw new ArgumentException(
                "it has a max_norm, which changes the weight at each lookup, but a posterior cannot change like that; "
                + "expected an Embedding without max_norm.");
        if (options.IsSparse)
            throw new ArgumentException("it has sparse gradients, but those of a posterior are dense; expected an Embedding with sparse: false.");
        if (options.ScalesByFrequency)
            throw new ArgumentException(
                "it has scale_grad_by_freq, which divides gradients by the number of lookups, but those of a posterior are sums; "
                + "expected an Embedding without it.");
        if (options.PaddingIndex is not { } padding)
            return null;
        Tensor weight = plain.weight!;
        if (weight.shape[0] == 1)
            throw new ArgumentException("its only row is the padding_idx, so it has nothing to learn; expected at least two rows.");
        if (weight[padding].ne(Scalars.Zero).any().ReadBoolean())
            throw new ArgumentException(
                $"row {padding} of its weight, its padding_idx, is not 0, but that of a {nameof(BayesianEmbedding)} is; set the row to 0 first, "
                + "or make the Embedding without padding_idx.");
        return padding;
    }

    /// <inheritdoc/>
    private protected override long? FixedRowOf(BayesianEmbedding bayesian) => bayesian.PaddingIndex;
}
