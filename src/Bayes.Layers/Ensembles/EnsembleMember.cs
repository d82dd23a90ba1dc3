using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Ensembles;

/// <summary>The member of an ensemble that is being made or trained: its number, and randomness of its own.</summary>
/// <remarks>Belongs to the call of <see cref="EnsembleTraining"/>: use it only inside.</remarks>
public sealed class EnsembleMember
{
    internal EnsembleMember(int index, long seed, TorchNoise noise, CancellationToken cancellationToken) =>
        (Index, Seed, Noise, CancellationToken) = (index, seed, noise, cancellationToken);

    /// <summary>Gets the zero-based index of the member.</summary>
    public int Index { get; }

    /// <summary>Gets the member's seed, made of the ensemble's seed and the index.</summary>
    public long Seed { get; }

    /// <summary>Gets a seed for the order of rows, for <see cref="VariationalTrainerOptions.ShuffleSeed"/>.</summary>
    public int ShuffleSeed => unchecked((int)Seed);

    /// <summary>Gets a source of noise that no other member uses, for an estimator of the training.</summary>
    public NoiseSource Noise { get; }

    /// <summary>Gets the token that ends the training, also because another member failed.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Trains a plain network in place to its maximum a posteriori, in an order of rows of the member's own.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input"><c>[N, …]</c>; for a network with several inputs, each of them.</param>
    /// <param name="target"><c>[N, …]</c>, in the shape that the likelihood takes.</param>
    /// <param name="likelihood">p(y | f), which learns nothing: members share it.</param>
    /// <param name="options">The prior and the options of the training; the defaults if null. Their seed of the order of rows is replaced.</param>
    /// <param name="validation">Held-out examples; null by default.</param>
    /// <returns>The history of the training.</returns>
    /// <exception cref="ArgumentException">The likelihood learns, the options name a file, or something does not fit (<see cref="MaximumAPosteriori.Fit"/>).</exception>
    public TrainingHistory Fit(
        nn.Module network, NetworkInput input, Tensor target, Likelihood likelihood, MaximumAPosterioriOptions? options = null,
        ValidationData? validation = null)
    {
        options ??= new MaximumAPosterioriOptions();
        return MaximumAPosteriori.Fit(
            network, input, target, RequireFixed(likelihood), options with { Training = Own(options.Training) },
            validation, progress: null, CancellationToken);
    }

    /// <summary>Trains a Bayesian model in place, with noise and an order of rows of the member's own.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input"><c>[N, …]</c>; for a network with several inputs, each of them.</param>
    /// <param name="target"><c>[N, …]</c>, in the shape that the likelihood takes.</param>
    /// <param name="likelihood">p(y | f), which learns nothing: members share it.</param>
    /// <param name="options">The options of the training; the defaults if null. Their seed of the order of rows is replaced. An estimator among them
    /// needs the noise of <see cref="Noise"/>; by default it is the trainer's usual one with that noise.</param>
    /// <param name="validation">Held-out examples; null by default.</param>
    /// <returns>The history of the training.</returns>
    /// <exception cref="ArgumentException">The likelihood learns, the options name a file, or something does not fit (<see cref="VariationalTrainer"/>).</exception>
    public TrainingHistory FitPosterior(
        BayesianModule model, NetworkInput input, Tensor target, Likelihood likelihood, VariationalTrainerOptions? options = null,
        ValidationData? validation = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        input.RequireBatch();
        using var loss = ElboLoss.Borrowing(RequireFixed(likelihood), input.Rows);
        // The default estimator depends on what follows a last layer.
        model.Examine(input);
        options = Own(options ?? new VariationalTrainerOptions());
        options = options with { Estimator = options.Estimator ?? EstimatorOf(model) };
        return new VariationalTrainer(model, loss, options).Fit(input, target, validation, progress: null, CancellationToken);
    }

    private VariationalTrainerOptions Own(VariationalTrainerOptions options) => options is { StatePath: null, ResumeFrom: null }
        ? options with { ShuffleSeed = ShuffleSeed }
        : throw new ArgumentException(
            $"{nameof(options.StatePath)} or {nameof(options.ResumeFrom)} is set, one file that all members would use; expected null for both.",
            nameof(options));

    private Estimator? EstimatorOf(BayesianModule model) =>
        model.GivenTrainingEstimator is not null ? null
        : model.BayesianModules().Any(module => module.NeedsDrawnWeights) ? new Reparameterization(noise: Noise)
        : new LocalReparameterization(noise: Noise);

    private static Likelihood RequireFixed(Likelihood likelihood)
    {
        ArgumentNullException.ThrowIfNull(likelihood);
        return likelihood.Parameters is null ? likelihood : throw new ArgumentException(
            $"{likelihood} learns parameters, which the members would share while they are trained; expected a likelihood of fixed noise, or a "
            + "network with an output for the noise (HeteroscedasticGaussianLikelihood).", nameof(likelihood));
    }
}
