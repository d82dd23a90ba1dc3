using Bayes.Layers.Likelihoods;
using Bayes.Layers.Priors;
using Bayes.Layers.Samples.Compare.Problems;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare;

/// <summary>
/// Training of plain networks to the maximum of the posterior density: the mode under the same prior and likelihood as every other method.
/// </summary>
internal static class MapTraining
{
    /// <summary>Trains a network on the training rows of a problem.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Fit(
        nn.Module<Tensor, Tensor> network, ComparisonProblem problem, ComparisonSettings settings, long seed, CancellationToken cancellation) =>
        Fit(network, problem.TrainInput, problem.TrainTarget, problem.Likelihood, Options(problem.Prior, settings, seed), cancellation);

    /// <summary>Trains a network on rows.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Fit(
        nn.Module<Tensor, Tensor> network, Tensor input, Tensor target, Likelihood likelihood, MaximumAPosterioriOptions options,
        CancellationToken cancellation = default)
    {
        MaximumAPosteriori.Fit(network, input, target, likelihood, options, cancellationToken: cancellation);
        cancellation.ThrowIfCancellationRequested();
        network.eval();
    }

    /// <summary>Returns the options of a training.</summary>
    /// <param name="prior">The prior of each weight.</param>
    /// <param name="settings">The settings of the comparison.</param>
    /// <param name="seed">Seed of the order of rows.</param>
    public static MaximumAPosterioriOptions Options(Prior prior, ComparisonSettings settings, long seed) => new()
    {
        Prior = prior,
        Training = settings.Training(settings.Epochs) with { KlSchedule = new ConstantKl(), ShuffleSeed = unchecked((int)seed) },
    };
}
