using Bayes.Layers.Sampling;

namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>Stochastic gradient HMC with cyclical step sizes (Chen et al. 2014; Zhang et al. 2020).</summary>
internal sealed class SghmcMethod() : ComparisonMethod(
    "sghmc", "SGHMC", "Draws along stochastic gradient descent with friction and noise, in cycles of falling step size.")
{
    public override TrainedMethod Train(ComparisonContext context)
    {
        var (problem, settings) = (context.Problem, context.Settings);
        var posterior = StochasticGradientHmc.Sample(
            problem.NewNetwork(context.SeedFor(Name)), problem.TrainInput, problem.TrainTarget, problem.Likelihood, new StochasticGradientOptions
            {
                Prior = problem.Prior,
                BatchSize = settings.BatchSize,
                Cycles = settings.SghmcCycles,
                EpochsPerCycle = settings.SghmcEpochs,
                LearningRate = settings.SghmcLearningRate,
                MaximumDraws = Math.Max(1, settings.Samples),
                Seed = context.SeedFor($"{Name}, noise"),
            },
            cancellationToken: context.Cancellation);
        return context.Trained(Name, FunctionDistribution.Of(posterior.Model), 0, posterior);
    }
}
