using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>The modules that a checkpoint knows: this library's, and those of TorchSharp's whose options can be read.</summary>
internal static class ModuleKinds
{
    /// <summary>All of them. A new module is an entry in one of these tables.</summary>
    public static PartKinds<nn.Module, ModulePlace> All { get; } = new(
        [.. BayesianKinds.All, .. ContainerKinds.All, .. ActivationKinds.All, .. DropoutKinds.All, .. NormalizationKinds.All, .. PoolingKinds.All,
            .. ShapeKinds.All, .. WeightKinds.All]);

    /// <summary>Whole numbers as an option; null if there are none.</summary>
    public static JsonNode? List(IEnumerable<long>? values) => values is null ? null : new JsonArray([.. values.Select(value => (JsonNode)value)]);

    /// <summary>Numbers as an option; null if there are none.</summary>
    public static JsonNode? List(IEnumerable<double>? values) => values is null ? null : new JsonArray([.. values.Select(value => (JsonNode)value)]);

    /// <summary>A number for each dimension: TorchSharp also takes one for all, and nothing for the usual one.</summary>
    public static JsonNode? Sizes(long[]? values, int dimensions, long usual) =>
        List(values is null or [] ? Enumerable.Repeat(usual, dimensions) : values is [var one] ? Enumerable.Repeat(one, dimensions) : values);

    /// <summary>The steps of a pooling, which are the window's sizes unless they are given.</summary>
    public static JsonNode? Steps(long[]? stride, long[] kernel, int dimensions) => Sizes(stride is null or [] ? kernel : stride, dimensions, 1);
}
