using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>What a prediction tells a metric: <c>Predictive</c> is one.</summary>
public interface IPrediction
{
    /// <summary>E[y | x], <c>[B, …]</c>, in the target's unit; for classes their probabilities.</summary>
    Tensor Mean { get; }

    /// <summary>The standard deviation of y | x, <c>[B, …]</c>, in the target's unit, all uncertainty together.</summary>
    Tensor TotalStddev { get; }

    /// <summary>p(y | f).</summary>
    internal Likelihood Likelihood { get; }

    /// <summary>P(y below the target) and P(y up to the target) under the predicted distribution itself, each of the target's shape, which the
    /// caller disposes: equal for real numbers.</summary>
    /// <exception cref="InvalidOperationException">The prediction kept no samples, or the likelihood has no distribution function.</exception>
    internal (Tensor Below, Tensor UpTo) Cumulative(Tensor target);
}
