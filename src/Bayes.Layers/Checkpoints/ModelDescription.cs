using System.Text.Json.Nodes;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>Describes a model as JSON from which an equal model can be made: types, options, priors, posteriors and the order of children.</summary>
internal static class ModelDescription
{
    /// <summary>Describes a model.</summary>
    public static JsonObject Of(nn.Module model) => Of(model, path: "", new Dictionary<nn.Module, string>(ReferenceEqualityComparer.Instance));

    private static JsonObject Of(nn.Module module, string path, Dictionary<nn.Module, string> seen)
    {
        if (!seen.TryAdd(module, path))
            return new JsonObject { [SavedModule.SameAsKey] = seen[module] };
        var description = SavedPart.Describe(module, ModuleKinds.All, OwnOptions(module));
        if (module is BayesianLayer layer)
        {
            // The children of a layer are the parameters of its priors, which need no description.
            description.Add(SavedModule.WeightPriorKey, Of(layer.WeightPrior));
            if (!ReferenceEquals(layer.Family, PosteriorFamily.MeanField))
                description.Add(
                    SavedModule.PosteriorKey, SavedPart.Describe(layer.Family, PosteriorKinds.All, ("settings", layer.Family.ToString())));
            if (layer.BiasPrior is { } bias)
                description.Add(SavedModule.BiasPriorKey, Of(bias));
            return description;
        }
        var children = new JsonObject();
        foreach (var (name, child) in (module as BayesianModule)?.DescribedChildren ?? module.named_children())
            children.Add(name, Of(child, path.Length == 0 ? name : $"{path}.{name}", seen));
        if (children.Count > 0)
            description.Add(SavedModule.ChildrenKey, children);
        return description;
    }

    private static JsonObject Of(Priors.Prior prior) => SavedPart.Describe(prior, PriorKinds.All, ("settings", prior.Settings));

    private static (string, JsonNode?)[] OwnOptions(nn.Module module) =>
        module is BayesianModule bayesian && bayesian.Describe() is { Length: > 0 } text ? [("describes", text)] : [];
}
