using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>A tensor of a checkpoint, as the file's header tells of it.</summary>
/// <param name="Name">Its key in <c>state_dict</c>; what a loss has learned begins with <c>loss.</c></param>
/// <param name="Type">The type of its numbers.</param>
/// <param name="Shape">Its shape.</param>
public sealed record CheckpointTensor(string Name, ScalarType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Returns name, type and shape.</summary>
    public override string ToString() => $"{Name}: {Type} {Shapes.Describe([.. Shape])}";

    /// <summary>How many numbers it has.</summary>
    internal long Count => Shape.Aggregate(1L, (count, size) => count * size);
}
