using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>A deep ensemble (Lakshminarayanan et al. 2017): plain networks from different starts, weighted equally.</summary>
internal sealed class EnsembleMethod() : ComparisonMethod(
    "ensemble", "ensemble", "Networks trained to the mode of the posterior density from different starts, weighted equally.")
{
    public override TrainedMethod Train(ComparisonContext context)
    {
        var members = new List<nn.Module<Tensor, Tensor>>();
        try
        {
            for (int member = 0; member < context.Settings.Members; member++)
            {
                string purpose = $"{Name}, member {member}";
                members.Add(context.Problem.NewNetwork(context.SeedFor(purpose)));
                MapTraining.Fit(
                    members[^1], context.Problem, context.Settings, context.SeedFor($"{purpose}, shuffling"), context.Cancellation);
            }
        }
        catch
        {
            members.ForEach(member => member.Dispose());
            throw;
        }
        return context.Trained(Name, new Ensemble(members), 0, [.. members]);
    }
}
