using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>The places of a prediction of classes, each as an example of its own.</summary>
/// <param name="Probability">Probabilities <c>[N]</c> of class 1 or <c>[N, C]</c> of all classes.</param>
/// <param name="Target">Classes, <c>[N]</c>.</param>
/// <param name="Value">Another number for each place, <c>[N]</c>; null if there is none.</param>
/// <remarks>The tensors belong to a dispose scope.</remarks>
internal sealed record ClassPlaces(Tensor Probability, Tensor Target, Tensor? Value)
{
    /// <summary>Returns some of the places.</summary>
    /// <param name="indices">Their indices, <c>[M]</c>.</param>
    public ClassPlaces At(Tensor indices) =>
        new(Probability.index_select(0, indices), Target.index_select(0, indices), Value?.index_select(0, indices));

    /// <summary>Moves the tensors to the dispose scope around the current one.</summary>
    public ClassPlaces MoveToOuterDisposeScope()
    {
        Probability.MoveToOuterDisposeScope();
        Target.MoveToOuterDisposeScope();
        Value?.MoveToOuterDisposeScope();
        return this;
    }
}
