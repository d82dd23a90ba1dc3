using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>What a recurrent layer carries from one step to the next.</summary>
/// <param name="Hidden">h, <c>[1|S, B, hidden]</c>: also the step's output.</param>
/// <param name="Cell">c of an LSTM, of the same shape; null where there is none, and before the first step, where it is zero.</param>
internal readonly record struct RecurrentState(Tensor Hidden, Tensor? Cell = null);
