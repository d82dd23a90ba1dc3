using Bayes.Layers.Prediction;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Kind = Bayes.Layers.Checkpoints.PartKind<TorchSharp.torch.nn.Module, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>Containers of modules. Their children are made first.</summary>
internal static class ContainerKinds
{
    public static Kind[] All { get; } =
    [
        Kind.Of<BayesianResidual>(_ => [], (_, place) => new BayesianResidual(
            new NamedChildren(place).Get<BayesianSequential>(BayesianResidual.InnerKey))),
        Kind.Of<BayesianSequential>(_ => [], (_, place) => new BayesianSequential(place.Children())),
        Kind.Of<EnsembleMembers>(
            members => [("weights", ModuleKinds.List(members.Weights))],
            (options, place) => new EnsembleMembers([.. place.Children().Select(child => child.Item2)], options.Doubles("weights"))),
        Kind.Of<Sequential>(_ => [], (_, place) => nn.Sequential(place.Children())),
    ];
}
