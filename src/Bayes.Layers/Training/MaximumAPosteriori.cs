using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Trains a plain network to the weights of the highest posterior density, the maximum of log p(y | x, w) + log p(w): the usual training of a
/// network, whose weight decay is the prior's.
/// </summary>
public static class MaximumAPosteriori
{
    /// <summary>
    /// Trains a network in place by descending −log p(w, y | x) / N in batches of rows. Also trains the parameters of the likelihood.
    /// </summary>
    /// <remarks>
    /// The work is that of <see cref="VariationalTrainer"/>, with its refusal of steps that are not finite, validation, and ending. In the history
    /// <see cref="TrainingEpoch.KlDivergence"/> is −log p(w). The prior counts all weights that require a gradient, also biases and those of
    /// normalizations. A network in evaluation mode is in training mode during the call.
    /// </remarks>
    /// <param name="network">The network, plain, of one to four inputs. It stays the caller's.</param>
    /// <param name="input"><c>[N, …]</c>; for a network with several inputs, each of them.</param>
    /// <param name="target"><c>[N, …]</c>, in the shape that the likelihood takes.</param>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="options">The prior and the options of the training; the defaults if null.</param>
    /// <param name="validation">Held-out examples; null by default.</param>
    /// <param name="progress">Receives a report after every epoch.</param>
    /// <param name="cancellationToken">Ends training between two steps.</param>
    /// <returns>The history of the training.</returns>
    /// <exception cref="ArgumentException">
    /// The network is Bayesian or has nothing to train, the prior learns, or tensors do not fit each other, the likelihood or the network.
    /// </exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were not finite.</exception>
    public static TrainingHistory Fit(
        nn.Module network, NetworkInput input, Tensor target, Likelihood likelihood, MaximumAPosterioriOptions? options = null,
        ValidationData? validation = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(likelihood);
        options ??= new MaximumAPosterioriOptions();
        input.RequireBatch();
        using var model = new PointModel(network, options.Prior);
        using var loss = ElboLoss.Borrowing(likelihood, input.Rows);
        return new VariationalTrainer(model, loss, options.Training).Fit(input, target, validation, progress, cancellationToken);
    }
}
