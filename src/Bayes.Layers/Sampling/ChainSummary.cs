namespace Bayes.Layers.Sampling;

/// <summary>What is known of one chain after its warm-up.</summary>
/// <param name="StepSize">The step size.</param>
/// <param name="Acceptance">The mean acceptance probability, 0 to 1.</param>
/// <param name="MeanSteps">The mean number of leapfrog steps of a trajectory.</param>
/// <param name="Divergences">The number of trajectories whose energy changed by more than 1,000, or became NaN. Some mean that the sampler cannot
/// enter a part of the posterior: raise TargetAcceptance.</param>
/// <param name="MeanEnergy">The mean of H = −log p(w, D) + ½ Σ p² / m, in nats.</param>
/// <param name="EnergyFraction">
/// E-BFMI, the mean squared change of the energy from one iteration to the next over its variance (Betancourt 2016, "Diagnosing Suboptimal Cotangent
/// Disintegrations in Hamiltonian Monte Carlo", equation 3.3); below 0.3 the tails are explored slowly. NaN if the energy does not change.
/// </param>
public sealed record ChainSummary(
    double StepSize, double Acceptance, double MeanSteps, int Divergences, double MeanEnergy, double EnergyFraction);
