using Bayes.Layers.Estimators;

namespace Bayes.Layers.Modules;

/// <summary>
/// Implemented by a plain module of your own that tells the mean and the variance of its output, so that <c>MomentPropagation</c> passes it. A
/// <see cref="BayesianModule"/> overrides <see cref="BayesianModule.PropagateMoments"/> instead.
/// </summary>
public interface IPropagatesMoments
{
    /// <summary>
    /// Computes the moments of the output from those of the input; for a function of each value, <c>input.Through(forward)</c>.
    /// </summary>
    /// <param name="input">The moments of the input, <c>[1, B, …]</c>.</param>
    /// <returns>The moments of the output, <c>[1, B, …]</c>: new tensors.</returns>
    Moments PropagateMoments(Moments input);
}
