using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare;

/// <summary>Training of variational posteriors over the weights of the network by the ELBO.</summary>
internal static class VariationalTraining
{
    private const double FinalLearningRateRatio = 0.05;
    private const double InitialStddevRatio = 0.1;

    // Share of the training during which the weight of the KL divergence rises to 1.
    private const double WarmUpShare = 0.3;

    /// <summary>Trains a posterior of a family.</summary>
    /// <param name="context">The comparison.</param>
    /// <param name="family">The family of the posterior of each weight tensor.</param>
    /// <param name="purpose">What the training is for; another one has another start, order of rows and noise.</param>
    /// <returns>The model, which the caller disposes.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static BayesianModule Fit(ComparisonContext context, PosteriorFamily family, string purpose)
    {
        var (problem, settings) = (context.Problem, context.Settings);
        var network = problem.NewNetwork(context.SeedFor(purpose));
        var model = network.ToBayesian(new BayesianConversion
        {
            Prior = problem.Prior,
            Initializer = new FanInInitializer(gain: 1, InitialStddevRatio) { Family = family },
        });
        // The activations are the same objects in both networks, so the weights alone are disposed.
        foreach (var parameter in network.parameters())
            parameter.Dispose();
        using var noise = new TorchNoise(context.SeedFor($"{purpose}, noise"));
        var trainer = new VariationalTrainer(model, new ElboLoss(problem.Likelihood, problem.TrainInput.shape[0]), new VariationalTrainerOptions
        {
            Epochs = settings.VariationalEpochs,
            BatchSize = settings.BatchSize,
            LearningRate = settings.LearningRate,
            CreateScheduler = optimizer => optim.lr_scheduler.CosineAnnealingLR(
                optimizer, settings.VariationalEpochs, eta_min: FinalLearningRateRatio * settings.LearningRate),
            Estimator = new LocalReparameterization(1, noise),
            KlSchedule = LinearWarmUpKl.OverEpochs(Math.Max(1, WarmUpShare * settings.VariationalEpochs)),
            ShuffleSeed = unchecked((int)context.SeedFor($"{purpose}, shuffling")),
        });
        try
        {
            trainer.Fit(problem.TrainInput, problem.TrainTarget, cancellationToken: context.Cancellation);
            context.Cancellation.ThrowIfCancellationRequested();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
