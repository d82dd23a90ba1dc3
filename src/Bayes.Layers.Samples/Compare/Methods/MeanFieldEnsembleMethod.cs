using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>An ensemble of mean-field posteriors from different starts, weighted equally.</summary>
internal sealed class MeanFieldEnsembleMethod() : ComparisonMethod(
    "ensemble_mean_field", "ensemble of mean field", "Mean-field posteriors trained from different starts, weighted equally.")
{
    public override TrainedMethod Train(ComparisonContext context)
    {
        var members = new List<BayesianModule>();
        try
        {
            for (int member = 0; member < context.Settings.Members; member++)
                members.Add(VariationalTraining.Fit(context, PosteriorFamily.MeanField, $"{Name}, member {member}"));
        }
        catch
        {
            members.ForEach(member => member.Dispose());
            throw;
        }
        return context.Trained(Name, new Ensemble(members), 0, [.. members]);
    }
}
