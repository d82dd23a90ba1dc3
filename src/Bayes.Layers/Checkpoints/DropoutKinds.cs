using TorchSharp.Modules;
using static TorchSharp.torch;
using Kind = Bayes.Layers.Checkpoints.PartKind<TorchSharp.torch.nn.Module, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>Dropout modules, which drop values in training only.</summary>
internal static class DropoutKinds
{
    public static Kind[] All { get; } =
    [
        Kind.Of<AlphaDropout>(m => [("p", m.p)], (o, _) => nn.AlphaDropout(o.Double("p"))),
        Kind.Of<Dropout>(m => [("p", m.p)], (o, _) => nn.Dropout(o.Double("p"))),
        Kind.Of<Dropout1d>(m => [("p", m.p)], (o, _) => nn.Dropout1d(o.Double("p"))),
        Kind.Of<Dropout2d>(m => [("p", m.p)], (o, _) => nn.Dropout2d(o.Double("p"))),
        Kind.Of<Dropout3d>(m => [("p", m.p)], (o, _) => nn.Dropout3d(o.Double("p"))),
        Kind.Of<FeatureAlphaDropout>(m => [("p", m.p)], (o, _) => nn.FeatureAlphaDropout(o.Double("p"))),
    ];
}
