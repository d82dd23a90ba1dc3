using TorchSharp.Modules;
using static TorchSharp.torch;
using Kind = Bayes.Layers.Checkpoints.PartKind<TorchSharp.torch.nn.Module, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>Modules one after the other, whose children are made before them.</summary>
internal static class ContainerKinds
{
    public static Kind[] All { get; } =
    [
        Kind.Of<BayesianSequential>(_ => [], (_, place) => new BayesianSequential(place.Children())),
        Kind.Of<Sequential>(_ => [], (_, place) => nn.Sequential(place.Children())),
    ];
}
