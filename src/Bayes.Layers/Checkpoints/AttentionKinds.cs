using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Kind = Bayes.Layers.Checkpoints.PartKind<TorchSharp.torch.nn.Module, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>This library's attention, and what belongs to it. Their children, which have the sizes, are made first.</summary>
internal static class AttentionKinds
{
    public static Kind[] All { get; } =
    [
        Kind.Of<BayesianMultiheadAttention>(
            m => [("num_heads", m.Heads), ("dropout", m.Dropout), ("causal", m.IsCausal), ("sequence_first", m.SequenceFirst)],
            (o, place) =>
            {
                var children = new NamedChildren(place);
                return new BayesianMultiheadAttention(
                    new AttentionSettings(
                        o.Int64("num_heads"), BayesianMultiheadAttention.RequireDropout(o.Double("dropout")), o.Boolean("causal"),
                        o.Boolean("sequence_first")),
                    children.Get<BayesianLinear>(BayesianMultiheadAttention.QueryKey),
                    children.Get<BayesianLinear>(BayesianMultiheadAttention.KeyKey),
                    children.Get<BayesianLinear>(BayesianMultiheadAttention.ValueKey),
                    children.Get<BayesianLinear>(BayesianMultiheadAttention.OutputKey));
            }),
        Kind.Of<BayesianTransformerEncoderLayer>(
            m => [("activation", m.Activation.ToString()), ("norm_first", m.NormFirst), ("sequence_first", m.SequenceFirst)],
            (o, place) =>
            {
                var children = new NamedChildren(place);
                return new BayesianTransformerEncoderLayer(
                    new EncoderSettings(o.Enum<nn.Activations>("activation"), o.Boolean("norm_first"), o.Boolean("sequence_first")),
                    new EncoderParts(
                        children.Get<BayesianMultiheadAttention>(BayesianTransformerEncoderLayer.AttentionKey),
                        children.Get<BayesianLinear>(BayesianTransformerEncoderLayer.InnerKey),
                        children.Get<Dropout>(BayesianTransformerEncoderLayer.DropoutKey),
                        children.Get<BayesianLinear>(BayesianTransformerEncoderLayer.OuterKey),
                        children.Get<LayerNorm>(BayesianTransformerEncoderLayer.FirstNormKey),
                        children.Get<LayerNorm>(BayesianTransformerEncoderLayer.SecondNormKey)));
            }),
        Kind.Of<BayesianPositionalEmbedding>(_ => [], (_, place) => new BayesianPositionalEmbedding(
            new NamedChildren(place).Get<BayesianEmbedding>(BayesianPositionalEmbedding.PositionsKey))),
        Kind.Of<SinusoidalPositionalEmbedding>(() => new SinusoidalPositionalEmbedding()),
    ];
}
