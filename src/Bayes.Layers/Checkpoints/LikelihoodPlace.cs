using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>The place that a likelihood is made for.</summary>
/// <param name="Device">The device of its learned parameters.</param>
/// <param name="Type">Their element type; null if it learns nothing.</param>
/// <param name="Count">The number of learned elements; 1 if it learns nothing.</param>
internal sealed record LikelihoodPlace(Device Device, ScalarType? Type, long Count);
