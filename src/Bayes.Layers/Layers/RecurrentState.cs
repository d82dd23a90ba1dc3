using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// What a recurrent layer starts from and ends with: the states of all its layers and directions. The batch comes before them, as everywhere in this
/// library: PyTorch's <c>h_0</c>, <c>[layers · directions, B, hidden]</c>, is <c>Hidden.transpose(0, 1)</c>, in the same order, a layer's way forth
/// before its way back.
/// </summary>
/// <param name="Hidden">h, <c>[B, layers · directions, hidden]</c>, with an axis of draws before it inside a pass: <c>[1|S, B, …]</c>.</param>
/// <param name="Cell">c of an LSTM, of the same shape; null for a GRU.</param>
public readonly record struct RecurrentState(Tensor Hidden, Tensor? Cell = null)
{
    /// <summary>Returns the state with each tensor replaced.</summary>
    internal RecurrentState Select(Func<Tensor, Tensor> change) => new(change(Hidden), Cell is null ? null : change(Cell));
}
