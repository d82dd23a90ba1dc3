using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>A weight of a model: one for all draws, or one for each.</summary>
/// <param name="Value"><c>[S, …shape]</c> with an axis of draws, and otherwise <c>[…shape]</c>.</param>
/// <param name="HasDraws">Whether it has an axis of draws.</param>
/// <param name="Identity">What tells it from other weights: the parameter that it comes from.</param>
internal readonly record struct ModelWeight(Tensor Value, bool HasDraws, object Identity)
{
    /// <summary>Gets the shape of one draw.</summary>
    public long[] Shape => HasDraws ? Value.shape[1..] : Value.shape;
}
