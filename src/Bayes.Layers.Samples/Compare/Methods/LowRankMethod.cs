using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>Variational inference with normal weights whose covariance in each tensor is diagonal plus low-rank.</summary>
internal sealed class LowRankMethod() : ComparisonMethod(
    "low_rank", "low rank", "Variational inference with normal weights; those of a tensor are correlated along a few directions.")
{
    public override TrainedMethod Train(ComparisonContext context)
    {
        var model = VariationalTraining.Fit(context, new LowRankFamily(context.Settings.Rank), Name);
        return context.Trained(Name, FunctionDistribution.Of(model), 0, model);
    }
}
