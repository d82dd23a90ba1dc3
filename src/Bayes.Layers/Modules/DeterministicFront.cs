using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A pass in two parts: a deterministic front, and the rest, which takes the front's output. The front followed by the rest equals
/// <see cref="BayesianModule.Propagate"/>. A prediction computes the front once for each row, for any number of draws.
/// </summary>
/// <param name="front">Computes the front: <c>[1, B, …]</c> → <c>[1, B, …]</c>, a new tensor. Uses neither random weights nor noise.</param>
/// <param name="rest">Computes the rest: <c>[1, B, …]</c> → <c>[1|S, B, …]</c>, a new tensor.</param>
public sealed class DeterministicFront(Func<Tensor, Pass, Tensor> front, Func<Tensor, Pass, Tensor> rest)
{
    /// <summary>Computes the front: <c>[1, B, …]</c> → <c>[1, B, …]</c>.</summary>
    public Func<Tensor, Pass, Tensor> Front => front;

    /// <summary>Computes the rest: <c>[1, B, …]</c> → <c>[1|S, B, …]</c>.</summary>
    public Func<Tensor, Pass, Tensor> Rest => rest;

    /// <summary>The modules that the rest runs one after the other, or null if this is unknown.</summary>
    internal IReadOnlyList<nn.Module<Tensor, Tensor>>? RestSteps { get; init; }
}
