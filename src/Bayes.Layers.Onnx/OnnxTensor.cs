using static TorchSharp.torch;

namespace Bayes.Layers.Onnx;

/// <summary>Describes an input or output of an exported graph.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The sizes of the axes; null for one that may be any, such as that of the batch.</param>
public sealed record OnnxTensor(string Name, ScalarType Type, IReadOnlyList<long?> Shape)
{
    /// <summary>Returns the name with type and shape, such as <c>mean: Float32 [?, 10]</c>.</summary>
    public override string ToString() => $"{Name}: {Type} {Graphs.GraphValue.Describe(Shape)}";
}
