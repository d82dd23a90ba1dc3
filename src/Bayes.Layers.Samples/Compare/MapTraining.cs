using Bayes.Layers.Likelihoods;
using Bayes.Layers.Samples.Compare.Problems;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare;

/// <summary>
/// Training of plain networks to the maximum of the posterior density: the mode under the same prior and likelihood as every other method.
/// </summary>
internal static class MapTraining
{
    private const double FinalLearningRateRatio = 0.05;

    /// <summary>Trains a network on the training rows of a problem.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Fit(
        nn.Module<Tensor, Tensor> network, ComparisonProblem problem, ComparisonSettings settings, long seed, CancellationToken cancellation) =>
        Fit(network, problem.TrainInput, problem.TrainTarget, problem.Likelihood, problem.PriorStddev, settings, seed, cancellation);

    /// <summary>Trains a network on rows.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Fit(
        nn.Module<Tensor, Tensor> network, Tensor input, Tensor target, Likelihood likelihood, double priorStddev, ComparisonSettings settings,
        long seed, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var parameters = network.parameters().ToArray();
        long rows = input.shape[0];
        var optimizer = optim.Adam(parameters, lr: settings.LearningRate);
        var scheduler = optim.lr_scheduler.CosineAnnealingLR(
            optimizer, settings.Epochs, eta_min: FinalLearningRateRatio * settings.LearningRate);
        var random = new Random(unchecked((int)seed));
        long[] order = [.. Enumerable.Range(0, (int)rows).Select(row => (long)row)];
        double precision = 1 / (priorStddev * priorStddev);
        network.train();
        for (int epoch = 0; epoch < settings.Epochs; epoch++)
        {
            random.Shuffle(order);
            foreach (long[] batch in order.Chunk(settings.BatchSize))
            {
                cancellation.ThrowIfCancellationRequested();
                using var step = NewDisposeScope();
                var index = tensor(batch);
                var output = network.call(input.index_select(0, index));
                var loss = likelihood.LogProbability(output, target.index_select(0, index)).mean().neg();
                var square = parameters.Select(parameter => parameter.mul(parameter).sum()).Aggregate((sum, next) => sum.add(next));
                optimizer.zero_grad();
                loss.add(square.mul(0.5 * precision / rows)).backward();
                optimizer.step();
            }
            scheduler.step();
        }
        network.eval();
    }
}
