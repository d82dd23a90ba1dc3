using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Log-probabilities for a prediction, where a NaN stays in its row, also with a likelihood that refuses it.</summary>
internal static class RowLogProbability
{
    /// <summary>log p(y | f_s), <c>[S, B]</c>; NaN where an output of the draw and the row is.</summary>
    public static Tensor Of(Likelihood likelihood, Tensor outputs, Tensor target)
    {
        using var scope = NewDisposeScope();
        var isBroken = outputs.isnan();
        if (!isBroken.any().ReadBoolean())
            return likelihood.LogProbability(outputs, target).MoveToOuterDisposeScope();
        // One half is an output that any likelihood takes; what comes of it is not kept.
        var logProbability = likelihood.LogProbability(outputs.masked_fill(isBroken, Scalars.Half), target);
        if (isBroken.ndim > 2)
            isBroken = isBroken.flatten(2).any(2);
        return logProbability.masked_fill(isBroken, Scalars.NaN).MoveToOuterDisposeScope();
    }
}
