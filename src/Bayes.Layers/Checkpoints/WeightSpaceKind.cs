using System.Text.Json.Nodes;
using Bayes.Layers.Maps;
using Bayes.Layers.Networks;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;
using Kind = Bayes.Layers.Checkpoints.PartKind<TorchSharp.torch.nn.Module, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>A network as it is, with the prior and the posterior of each of its random parameters.</summary>
internal static class WeightSpaceKind
{
    private const string ParametersKey = "parameters", NameKey = "name", PriorKey = "prior", PosteriorKey = "posterior",
        FixedRowKey = "fixed_row", LastLayerKey = "last_layer", OutputKey = "output", CautionKey = "caution";

    public static Kind[] All { get; } =
    [
        Kind.Of<WeightSpaceModule>(
            module =>
            [
                (ParametersKey, new JsonArray([.. module.NetworkVariables.Select(Describe)])), (LastLayerKey, module.LastLayerPath),
                .. module.OutputIndex is { } output ? [(OutputKey, output)] : Array.Empty<(string, JsonNode?)>(),
                .. module.GivenCaution is { } caution ? [(CautionKey, caution)] : Array.Empty<(string, JsonNode?)>(),
            ],
            Make),
    ];

    private static JsonNode Describe(NetworkVariable variable)
    {
        var description = new JsonObject
        {
            [NameKey] = variable.Name,
            [PriorKey] = SavedPart.Describe(variable.Prior, PriorKinds.All, ("settings", variable.Prior.Settings)),
        };
        if (!ReferenceEquals(variable.Family, PosteriorFamily.MeanField))
            description.Add(PosteriorKey, SavedPart.Describe(variable.Family, PosteriorKinds.All, ("settings", variable.Family.ToString())));
        if (variable.FixedRow is { } row)
            description.Add(FixedRowKey, row);
        return description;
    }

    private static WeightSpaceModule Make(SavedOptions options, ModulePlace place)
    {
        if (place.AnyChildren() is not [(WeightSpaceModule.NetworkName, var network)])
            throw new CheckpointException("The file describes a network with posteriors, but not the network; the file is damaged.");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var parameters = NetworkParameter.Of(network).ToDictionary(parameter => parameter.Name);
        var starts = options.Objects(ParametersKey).Select(Start).ToArray();
        string? last = options.StringOrNull(LastLayerKey);
        int? output = (int?)options.Int64IfAny(OutputKey);
        var layer = starts.Length > 0 ? starts[0].Parameter.Owner : null;
        return new WeightSpaceModule(
            network, starts,
            last is null ? null
                : layer is nn.Module<Tensor, Tensor> found && PlainMaps.Find(found) is { } map ? new LastLayer(last, found, map, output)
                : throw new CheckpointException($"The last layer '{last}' has no map that this library knows; the file is damaged."),
            copy: null, output)
        {
            GivenCaution = options.StringIfAny(CautionKey),
        };

        NetworkStart Start(SavedOptions saved)
        {
            string name = saved.StringOrNull(NameKey) ?? "";
            var parameter = parameters.GetValueOrDefault(name) ?? throw new CheckpointException(
                $"The network that 'make' returned, a {network.GetType().Name}, has no parameter '{name}'; expected the network that was saved.");
            var family = saved.PartOrNull(PosteriorKey) is { } posterior ? place.Family(posterior) : PosteriorFamily.MeanField;
            Tensor mean = parameter.Value;
            Tensor[] values = [.. family.ParametersOf(mean.shape).Skip(1).Select(each =>
                zeros(place.Reserve(each.Shape), mean.dtype, mean.device).MoveToOuterDisposeScope())];
            return new NetworkStart(
                parameter, place.PriorOf(saved.PartOrNull(PriorKey), mean.shape), family, values, InitialLogStddev: null,
                saved.Int64IfAny(FixedRowKey));
        }
    }
}
