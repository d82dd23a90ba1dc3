
namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>A deep ensemble (Lakshminarayanan et al. 2017): plain networks from different starts, weighted equally.</summary>
internal sealed class EnsembleMethod() : ComparisonMethod(
    "ensemble", "ensemble", "Networks trained to the mode of the posterior density from different starts, weighted equally.")
{
    public override TrainedMethod Train(ComparisonContext context)
    {
        var problem = context.Problem;
        var members = context.TrainMembers(
            Name, member => problem.NewNetwork(member.Seed), (network, member) =>
            {
                member.Fit(
                    network, problem.TrainInput, problem.TrainTarget, problem.Likelihood,
                    MapTraining.Options(problem.Prior, context.Settings, member.Seed));
                network.eval();
                return network;
            });
        return context.Trained(Name, new Ensemble(members), 0, [.. members]);
    }
}
