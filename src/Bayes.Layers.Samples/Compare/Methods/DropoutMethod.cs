using Bayes.Layers.Conversion;

namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>Monte Carlo dropout (Gal &amp; Ghahramani 2016): the network is trained with dropout, and predicts with it.</summary>
internal sealed class DropoutMethod() : ComparisonMethod(
    "mc_dropout", "MC dropout", "The network trained with dropout after its hidden units, which stays on in prediction.")
{
    public override TrainedMethod Train(ComparisonContext context)
    {
        var network = context.Problem.NewNetwork(context.SeedFor(Name), context.Settings.Dropout);
        // The dropout layers take their noise from torch's global generator.
        TorchSharp.torch.random.manual_seed(context.SeedFor($"{Name}, noise"));
        MapTraining.Fit(network, context.Problem, context.Settings, context.SeedFor($"{Name}, shuffling"), context.Cancellation);
        var model = network.ToBayesian(new BayesianConversion { MonteCarloDropoutOnly = true });
        return context.Trained(Name, FunctionDistribution.Of(model), 0, model);
    }
}
