using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>An ensemble of mean-field posteriors from different starts, weighted equally.</summary>
internal sealed class MeanFieldEnsembleMethod() : ComparisonMethod(
    "ensemble_mean_field", "ensemble of mean field", "Mean-field posteriors trained from different starts, weighted equally.")
{
    public override TrainedMethod Train(ComparisonContext context)
    {
        var problem = context.Problem;
        var members = context.TrainMembers(
            Name, member => VariationalTraining.NewModel(context, PosteriorFamily.MeanField, member.Seed), (model, member) =>
            {
                member.FitPosterior(
                    model, problem.TrainInput, problem.TrainTarget, problem.Likelihood, VariationalTraining.Options(context.Settings));
                return model;
            });
        return context.Trained(Name, new Ensemble(members), 0, [.. members]);
    }
}
