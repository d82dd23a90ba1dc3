using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>Variational inference with independent normal weights (Blundell et al. 2015).</summary>
internal sealed class MeanFieldMethod() : ComparisonMethod(
    "mean_field", "mean field", "Variational inference with an independent normal distribution for each weight.")
{
    public override TrainedMethod Train(ComparisonContext context)
    {
        var model = VariationalTraining.Fit(context, PosteriorFamily.MeanField, Name);
        return context.Trained(Name, FunctionDistribution.Of(model), 0, model);
    }
}
