using Bayes.Layers.Averaging;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>MultiSWAG (Wilson &amp; Izmailov 2020): an ensemble of SWAG posteriors from different starts, weighted equally.</summary>
internal sealed class MultiSwagMethod() : ComparisonMethod(
    "multi_swag", "MultiSWAG", "SWAG from the modes that different starts lead to, weighted equally.")
{
    public override TrainedMethod Train(ComparisonContext context)
    {
        var problem = context.Problem;
        var members = context.TrainMembers<nn.Module<Tensor, Tensor>, WeightSpaceModule>(
            Name, member => problem.NewNetwork(member.Seed), (network, member) =>
            {
                member.Fit(
                    network, problem.TrainInput, problem.TrainTarget, problem.Likelihood,
                    MapTraining.Options(problem.Prior, context.Settings, member.Seed));
                member.CancellationToken.ThrowIfCancellationRequested();
                return Swag.Fit(
                    network, problem.TrainInput, problem.TrainTarget, problem.Likelihood, SwagMethod.Options(context, member.Seed),
                    cancellationToken: member.CancellationToken);
            });
        return context.Trained(Name, new Ensemble(members), 0, [.. members]);
    }
}
