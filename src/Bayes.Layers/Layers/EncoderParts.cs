using TorchSharp.Modules;

namespace Bayes.Layers;

/// <summary>The parts of a layer of a transformer's encoder, in the order in which they are children.</summary>
/// <param name="Attention">Self-attention, with the batch first.</param>
/// <param name="Inner">The first layer of the feed-forward network.</param>
/// <param name="Dropout">The dropout of the feed-forward network, and of what is added to the residuals.</param>
/// <param name="Outer">The second layer of the feed-forward network.</param>
/// <param name="FirstNorm">The normalization of the attention.</param>
/// <param name="SecondNorm">The normalization of the feed-forward network.</param>
internal sealed record EncoderParts(
    BayesianMultiheadAttention Attention, BayesianLinear Inner, Dropout Dropout, BayesianLinear Outer, LayerNorm FirstNorm, LayerNorm SecondNorm);
