using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A pass in two parts: a deterministic front, and the rest, which takes the front's output. The front followed by the rest equals
/// <see cref="BayesianModule.Propagate"/>. A prediction computes the front once for each row, for any number of draws.
/// </summary>
public sealed class DeterministicFront
{
    /// <summary>Creates the two parts of a module's pass.</summary>
    /// <param name="front">Computes the front: <c>[1, B, …]</c> → <c>[1, B, …]</c>, a new tensor. Uses neither random weights nor noise.</param>
    /// <param name="rest">Computes the rest: <c>[1, B, …]</c> → <c>[1|S, B, …]</c>, a new tensor.</param>
    public DeterministicFront(Func<Tensor, Pass, Tensor> front, Func<Tensor, Pass, Tensor> rest)
    {
        (Front, Rest) = (front, rest);
        OfInputs = (inputs, pass) => front(inputs[0], pass);
    }

    /// <summary>Creates the two parts of the pass of a module with several inputs.</summary>
    /// <param name="front">Computes the front of all inputs: <c>[1, B, …]</c> each → <c>[1, B, …]</c>, a new tensor.</param>
    /// <param name="rest">Computes the rest: <c>[1, B, …]</c> → <c>[1|S, B, …]</c>, a new tensor.</param>
    internal DeterministicFront(Func<IReadOnlyList<Tensor>, Pass, Tensor> front, Func<Tensor, Pass, Tensor> rest)
    {
        (OfInputs, Rest) = (front, rest);
        Front = (input, pass) => front([input], pass);
    }

    /// <summary>Computes the front: <c>[1, B, …]</c> → <c>[1, B, …]</c>.</summary>
    public Func<Tensor, Pass, Tensor> Front { get; }

    /// <summary>Computes the rest: <c>[1, B, …]</c> → <c>[1|S, B, …]</c>.</summary>
    public Func<Tensor, Pass, Tensor> Rest { get; }

    /// <summary>Computes the front of all inputs of the module: <c>[1, B, …]</c> each → <c>[1, B, …]</c>.</summary>
    internal Func<IReadOnlyList<Tensor>, Pass, Tensor> OfInputs { get; }

    /// <summary>The modules that the rest runs one after the other, or null if this is unknown.</summary>
    internal IReadOnlyList<nn.Module<Tensor, Tensor>>? RestSteps { get; init; }
}
