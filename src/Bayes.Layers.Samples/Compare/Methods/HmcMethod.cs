using System.Globalization;
using Bayes.Layers.Sampling;

namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>Hamiltonian Monte Carlo with all rows: draws from the posterior itself, the judge of all others (Izmailov et al. 2021).</summary>
internal sealed class HmcMethod() : ComparisonMethod(
    "hmc", "HMC", "Draws from the exact posterior by Hamiltonian Monte Carlo with all rows in every step: the judge of the others.")
{
    public override TrainedMethod Train(ComparisonContext context)
    {
        var (problem, settings) = (context.Problem, context.Settings);
        var posterior = HamiltonianMonteCarlo.Sample(
            problem.NewNetwork(context.SeedFor(Name)), problem.TrainInput, problem.TrainTarget, problem.Likelihood, new HamiltonianOptions
            {
                Prior = problem.Prior,
                Chains = settings.Chains,
                WarmUp = settings.ChainDraws,
                Draws = settings.ChainDraws,
                Seed = context.SeedFor($"{Name}, chains"),
                Threads = Environment.ProcessorCount,
                Copy = () => problem.NewNetwork(0),
            },
            cancellationToken: context.Cancellation);
        return new TrainedMethod(
            FunctionDistribution.Of(posterior.Model), problem.Likelihood, settings.Samples, context.SeedFor($"{Name}, prediction"), posterior)
        {
            Notes = [Describe(posterior.Diagnostics!)],
        };
    }

    private static string Describe(SamplerDiagnostics diagnostics) => string.Create(
        CultureInfo.InvariantCulture,
        $"HMC: {diagnostics.Chains.Count} chains of {diagnostics.DrawsPerChain} draws; the largest R-hat of an output is "
        + $"{diagnostics.OutputRHat:F3}, the smallest effective sample size {diagnostics.OutputEffectiveSampleSize:F0}, the mean acceptance "
        + $"{diagnostics.Chains.Average(chain => chain.Acceptance):F2}, and {diagnostics.Divergences} trajectories diverged.");
}
