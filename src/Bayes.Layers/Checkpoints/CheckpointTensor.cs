using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>Describes a tensor of a checkpoint, as the header of the file does.</summary>
/// <param name="Name">Its key in <c>state_dict</c>; the keys of a loss's learned parameters begin with <c>loss.</c></param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape.</param>
public sealed record CheckpointTensor(string Name, ScalarType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Returns the name, type and shape.</summary>
    public override string ToString() => $"{Name}: {Type} {Shapes.Describe([.. Shape])}";

    /// <summary>Gets the number of elements.</summary>
    internal long Count => Shape.Aggregate(1L, (count, size) => count * size);
}
