using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>How the posterior of a network's parameter starts.</summary>
/// <param name="Parameter">The parameter, which is the posterior's mean.</param>
/// <param name="Prior">The prior.</param>
/// <param name="Family">The family of the posterior.</param>
/// <param name="Values">The first values of the posterior's parameters other than the mean, on the parameter's device; the variable takes
/// them.</param>
/// <param name="InitialLogStddev">The mean of log sigma, for diagnostics; null for a bias.</param>
/// <param name="FixedRow">The row that is always 0, as that of an embedding's <c>padding_idx</c> is; null if there is none.</param>
internal sealed record NetworkStart(
    NetworkParameter Parameter, Prior Prior, PosteriorFamily Family, IReadOnlyList<Tensor> Values, double? InitialLogStddev,
    long? FixedRow);
