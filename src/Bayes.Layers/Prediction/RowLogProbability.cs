using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Computes log probabilities for a prediction, such that a NaN stays in its row, also with a likelihood that refuses it.</summary>
internal static class RowLogProbability
{
    /// <summary>Computes log p(y | f_s), <c>[S, B]</c>: NaN if an output of the draw and the row is NaN.</summary>
    public static Tensor Of(Likelihood likelihood, Tensor outputs, Tensor target)
    {
        using var scope = NewDisposeScope();
        var isBroken = outputs.isnan();
        if (!isBroken.any().ReadBoolean())
            return likelihood.LogDensity(outputs, target).MoveToOuterDisposeScope();
        // Any likelihood accepts one half as an output; the result is masked.
        var logProbability = likelihood.LogDensity(outputs.masked_fill(isBroken, Scalars.Half), target);
        if (isBroken.ndim > 2)
            isBroken = isBroken.flatten(2).any(2);
        return logProbability.masked_fill(isBroken, Scalars.NaN).MoveToOuterDisposeScope();
    }
}
