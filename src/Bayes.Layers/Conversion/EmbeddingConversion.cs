using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary><c>nn.Embedding</c> and <see cref="BayesianEmbedding"/>.</summary>
internal sealed class EmbeddingConversion : WeightLayerConversion<Embedding, BayesianEmbedding>
{
    /// <inheritdoc/>
    protected override Parameter Weight(Embedding plain) => plain.weight!;

    /// <inheritdoc/>
    protected override Parameter? Bias(Embedding plain) => null;

    /// <inheritdoc/>
    protected override BayesianEmbedding Create(Embedding plain, LayerStart start) =>
        new(plain.weight!.shape[0], plain.weight.shape[1], start.Prior, start.Initializer, start.Device, start.Dtype);

    /// <inheritdoc/>
    protected override Embedding Create(BayesianEmbedding bayesian, Device device, ScalarType dtype) =>
        nn.Embedding(bayesian.Count, bayesian.Size, device: device, dtype: dtype);
}
