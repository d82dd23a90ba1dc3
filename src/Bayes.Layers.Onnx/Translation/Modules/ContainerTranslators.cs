using Bayes.Layers.Onnx.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation.Modules;

/// <summary>Modules of modules.</summary>
internal static class ContainerTranslators
{
    /// <summary>Gets the translators.</summary>
    public static ModuleTranslator[] All { get; } =
    [
        ModuleTranslator.Of<Sequential>(InOrder) with { InOrder = module => module.children() },
        ModuleTranslator.Of<BayesianSequential>(InOrder) with { InOrder = module => module.children() },
        ModuleTranslator.Of<BayesianResidual>(Residual) with { InOrder = module => module.children() },
        ModuleTranslator.Of<WeightSpaceModule>(WeightSpace) with { InOrder = module => [((WeightSpaceModule)module).Network] },
    ];

    private static DrawnValue InOrder(nn.Module module, DrawnValue value, ModuleTranslation place)
    {
        foreach (var (name, child) in module.named_children())
            value = place.Child(name, child, value);
        return value;
    }

    private static DrawnValue Residual(BayesianResidual module, DrawnValue value, ModuleTranslation place)
    {
        var change = InOrder(module, value, place);
        return new DrawnValue(place.Graph.Add(value.Value, change.Value), value.HasDraws || change.HasDraws);
    }

    private static DrawnValue WeightSpace(WeightSpaceModule module, DrawnValue value, ModuleTranslation place)
    {
        string name = module.named_children().First(child => ReferenceEquals(child.module, module.Network)).name;
        return place.Within(module, name).Translate(module.Network, value);
    }
}
