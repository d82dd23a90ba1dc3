namespace Bayes.Layers.Sampling;

/// <summary>The state of a running sampler. Reports of several chains come from several threads.</summary>
/// <param name="Chain">Zero-based index of the chain, or of the cycle.</param>
/// <param name="Iteration">The number of the iteration that ended, from 1 on.</param>
/// <param name="Iterations">The number of iterations of a chain, with its warm-up.</param>
/// <param name="IsWarmUp">Whether the iteration belongs to the warm-up, or to the exploration of a cycle.</param>
/// <param name="LogPosterior">log p(w | D) up to a constant, in nats, at the last point that was looked at.</param>
public sealed record SamplerProgress(int Chain, int Iteration, int Iterations, bool IsWarmUp, double LogPosterior);
