using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The part of a prediction that metrics use; <c>Predictive</c> implements it.</summary>
public interface IPrediction
{
    /// <summary>Gets E[y | x], <c>[B, …]</c>, in the target's unit; for classes, their probabilities.</summary>
    Tensor Mean { get; }

    /// <summary>Gets the standard deviation of y | x, <c>[B, …]</c>, in the target's unit, which includes all uncertainty.</summary>
    Tensor TotalStddev { get; }

    /// <summary>Gets p(y | f).</summary>
    internal Likelihood Likelihood { get; }

    /// <summary>Returns P(y &lt; target) and P(y ≤ target) under the predicted distribution, each of the target's shape; they are equal for real
    /// numbers. The caller disposes them.</summary>
    /// <exception cref="InvalidOperationException">The prediction kept no samples, or the likelihood has no distribution function.</exception>
    internal (Tensor Below, Tensor UpTo) Cumulative(Tensor target);
}
