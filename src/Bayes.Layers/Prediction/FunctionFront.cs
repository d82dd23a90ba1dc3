using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Describes what is the same for all functions of a prediction, and runs before them once for each row.</summary>
/// <param name="Apply">Computes it: <c>[b, …]</c> for each input → <c>[b, …]</c>, a new tensor. May change its input.</param>
/// <param name="BytesPerRow">The bytes of one row on its way.</param>
/// <param name="BytesKeptPerRow">The bytes of one row of the result.</param>
internal sealed record FunctionFront(Func<NetworkInput, Tensor> Apply, long BytesPerRow, long BytesKeptPerRow);
