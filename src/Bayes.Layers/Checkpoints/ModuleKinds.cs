using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>The modules that a checkpoint knows: this library's, and those of TorchSharp with readable options.</summary>
internal static class ModuleKinds
{
    /// <summary>Gets all kinds. A new module is an entry in one of these tables.</summary>
    public static PartKinds<nn.Module, ModulePlace> All { get; } = new(
        [.. BayesianKinds.All, .. AttentionKinds.All, .. ContainerKinds.All, .. ActivationKinds.All, .. DropoutKinds.All, .. NormalizationKinds.All,
            .. PoolingKinds.All, .. ShapeKinds.All, .. WeightKinds.All, .. WeightSpaceKind.All]);

    /// <summary>Returns whole numbers as an option, or null for null.</summary>
    public static JsonNode? List(IEnumerable<long>? values) => values is null ? null : new JsonArray([.. values.Select(value => (JsonNode)value)]);

    /// <summary>Returns numbers as an option, or null for null.</summary>
    public static JsonNode? List(IEnumerable<double>? values) => values is null ? null : new JsonArray([.. values.Select(value => (JsonNode)value)]);

    /// <summary>Returns a number for each dimension. TorchSharp also takes one for all dimensions, and null for the default.</summary>
    public static JsonNode? Sizes(long[]? values, int dimensions, long defaultSize) =>
        List(values is null or [] ? Enumerable.Repeat(defaultSize, dimensions) : values is [var one] ? Enumerable.Repeat(one, dimensions) : values);

    /// <summary>Returns the strides of a pooling, which are the sizes of its window by default.</summary>
    public static JsonNode? Steps(long[]? stride, long[] kernel, int dimensions) => Sizes(stride is null or [] ? kernel : stride, dimensions, 1);
}
