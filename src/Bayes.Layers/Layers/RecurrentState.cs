using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// The initial or final state of a recurrent layer: the states of all its layers and directions. The batch comes first, as everywhere in this
/// library: PyTorch's <c>h_0</c>, <c>[layers · directions, B, hidden]</c>, is <c>Hidden.transpose(0, 1)</c>, in the same order, the forward
/// direction of a layer before the backward one.
/// </summary>
/// <param name="Hidden">h, <c>[B, layers · directions, hidden]</c>, inside a pass with an axis of draws in front: <c>[1|S, B, …]</c>.</param>
/// <param name="Cell">c of an LSTM, of the same shape; null for a GRU.</param>
public readonly record struct RecurrentState(Tensor Hidden, Tensor? Cell = null)
{
    /// <summary>Returns a state with each tensor replaced.</summary>
    internal RecurrentState Select(Func<Tensor, Tensor> change) => new(change(Hidden), Cell is null ? null : change(Cell));
}
