using Bayes.Layers.Averaging;

namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>SWAG (Maddox et al. 2019): a normal distribution of the weights along stochastic gradient descent from the mode.</summary>
internal sealed class SwagMethod() : ComparisonMethod(
    "swag", "SWAG", "A normal distribution with the moments of the weights along further gradient descent of a constant learning rate.")
{
    public override TrainedMethod Train(ComparisonContext context)
    {
        double seconds = context.Plain.Seconds;
        var problem = context.Problem;
        var model = Swag.Fit(
            context.CopyOfPlain(), problem.TrainInput, problem.TrainTarget, problem.Likelihood,
            Options(context, context.SeedFor($"{Name}, shuffling")), cancellationToken: context.Cancellation);
        return context.Trained(Name, FunctionDistribution.Of(model), seconds, model);
    }

    /// <summary>Returns the options with a seed of the order of rows.</summary>
    public static SwagOptions Options(ComparisonContext context, long seed) => new()
    {
        Prior = context.Problem.Prior,
        BatchSize = context.Settings.BatchSize,
        LearningRate = context.Settings.SwagLearningRate,
        Collections = context.Settings.SwagCollections,
        EpochsBetweenCollections = context.Settings.SwagEpochsBetween,
        ShuffleSeed = unchecked((int)seed),
    };
}
