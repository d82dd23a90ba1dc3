using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>What is known of a likelihood that is made.</summary>
/// <param name="Device">Where what it learns lives.</param>
/// <param name="Type">The type of that; null if it learns nothing.</param>
/// <param name="Count">How many numbers it has learned; 1 if it learns nothing.</param>
internal sealed record LikelihoodPlace(Device Device, ScalarType? Type, long Count);
