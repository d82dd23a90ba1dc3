using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Training;

namespace Bayes.Layers.Samples.Compare;

/// <summary>Training of variational posteriors over the weights of the network by the ELBO.</summary>
internal static class VariationalTraining
{
    private const double InitialStddevRatio = 0.1;

    // Share of the training during which the weight of the KL divergence rises to 1.
    private const double WarmUpShare = 0.3;

    /// <summary>Trains a posterior of a family.</summary>
    /// <param name="context">The comparison.</param>
    /// <param name="family">The family of the posterior of each weight tensor.</param>
    /// <param name="method">The method's name.</param>
    /// <returns>The model, which the caller disposes.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static BayesianModule Fit(ComparisonContext context, PosteriorFamily family, string method)
    {
        var problem = context.Problem;
        var model = NewModel(context, family, context.SeedFor(method));
        using var noise = new TorchNoise(context.SeedFor($"{method}, noise"));
        var loss = new ElboLoss(problem.Likelihood, problem.TrainInput.shape[0]);
        try
        {
            new VariationalTrainer(model, loss, Options(context.Settings) with
            {
                Estimator = new LocalReparameterization(1, noise),
                ShuffleSeed = unchecked((int)context.SeedFor($"{method}, shuffling")),
            }).Fit(problem.TrainInput, problem.TrainTarget, cancellationToken: context.Cancellation);
            context.Cancellation.ThrowIfCancellationRequested();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Returns the network with a posterior of its weights that is not trained yet; the caller disposes it.</summary>
    /// <param name="context">The comparison.</param>
    /// <param name="family">The family of the posterior of each weight tensor.</param>
    /// <param name="seed">Seed of the means.</param>
    public static BayesianModule NewModel(ComparisonContext context, PosteriorFamily family, long seed)
    {
        var network = context.Problem.NewNetwork(seed);
        var model = network.ToBayesian(new BayesianConversion
        {
            Prior = context.Problem.Prior,
            Initializer = new FanInInitializer(gain: 1, InitialStddevRatio) { Family = family },
        });
        // The activations are the same objects in both networks, so the weights alone are disposed.
        foreach (var parameter in network.parameters())
            parameter.Dispose();
        return model;
    }

    /// <summary>Returns the options of a training without its randomness.</summary>
    public static VariationalTrainerOptions Options(ComparisonSettings settings) => settings.Training(settings.VariationalEpochs) with
    {
        KlSchedule = LinearWarmUpKl.OverEpochs(Math.Max(1, WarmUpShare * settings.VariationalEpochs)),
    };
}
