using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Partitioned;

/// <summary>
/// Trains a model on data in several places by partitioned variational inference (Bui et al. 2018; Ashman et al. 2022), all in this process: each
/// partition refines its factor of the posterior on its own rows, and sends numbers for each weight, no data. At a fixed point the posterior is that
/// of training on all data at once. For places on several machines, an engine does with <see cref="PartitionedPosterior"/> and
/// <see cref="PartitionWorker"/> what this class does.
/// </summary>
/// <remarks>
/// The model's weights have independent normal posteriors and normal priors of fixed scale, and nothing else in it or in the likelihood is trained.
/// In the synchronous form the same seed gives the same bits, whatever the number of threads. Owns neither the model nor the likelihood.
/// </remarks>
/// <example>
/// <code>
/// var training = new PartitionedTraining(model, new BernoulliLikelihood());
/// var result = training.Fit([new Partition("north", x1, y1), new Partition("south", x2, y2)]);
/// </code>
/// </example>
public sealed class PartitionedTraining
{
    /// <summary>Creates a training.</summary>
    /// <param name="model">The model; training starts at its posterior.</param>
    /// <param name="likelihood">p(y | f), which learns nothing.</param>
    /// <param name="options">The options; the defaults if null.</param>
    public PartitionedTraining(BayesianModule model, Likelihood likelihood, PartitionedTrainingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        (Model, Likelihood, Options) = (model, likelihood, options ?? new PartitionedTrainingOptions());
    }

    /// <summary>Gets the model.</summary>
    public BayesianModule Model { get; }

    /// <summary>Gets the likelihood.</summary>
    public Likelihood Likelihood { get; }

    /// <summary>Gets the options.</summary>
    public PartitionedTrainingOptions Options { get; }

    /// <summary>Trains on partitions, and sets the model's posterior.</summary>
    /// <param name="partitions">The partitions, with different names.</param>
    /// <param name="progress">Receives the numbers of every round, on the calling thread in the synchronous form.</param>
    /// <param name="cancellationToken">Ends the training; the result has the rounds so far.</param>
    /// <returns>The result, with the posterior and the rounds.</returns>
    /// <exception cref="ArgumentException">
    /// There are no partitions, two have one name, the rows of one do not fit the model, or the model or likelihood has a part that partitions cannot
    /// share.
    /// </exception>
    /// <exception cref="InvalidOperationException">A partition could not answer; the message has its name and the cause.</exception>
    public PartitionedResult Fit(
        IReadOnlyList<Partition> partitions, IProgress<PartitionedRound>? progress = null, CancellationToken cancellationToken = default) =>
        Fit(partitions, new PartitionedPosterior(Model, Likelihood, Options.Posterior), progress, cancellationToken);

    /// <summary>
    /// Goes on from a posterior, also with other partitions: one that it does not know joins with a factor of 1, and one of its own that is not given
    /// keeps its factor without being asked.
    /// </summary>
    /// <param name="partitions">The partitions, with different names.</param>
    /// <param name="posterior">The posterior of an earlier training, which is changed. Its options stay.</param>
    /// <param name="progress">Receives the numbers of every round, on the calling thread in the synchronous form.</param>
    /// <param name="cancellationToken">Ends the training; the result has the rounds so far.</param>
    /// <inheritdoc cref="Fit(IReadOnlyList{Partition}, IProgress{PartitionedRound}, CancellationToken)"/>
    public PartitionedResult Fit(
        IReadOnlyList<Partition> partitions, PartitionedPosterior posterior, IProgress<PartitionedRound>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        ArgumentNullException.ThrowIfNull(posterior);
        RequireDifferent(partitions);
        int threads = Math.Min(partitions.Count, Options.PartitionsAtATime ?? TorchThreads.Usable);
        using var copies = new ModelCopies(Model, threads, Options.CreateModel);
        PartitionWorker[] workers = [.. partitions.Select(partition => new PartitionWorker(partition, Model, Likelihood, Options.Worker))];
        foreach (var copy in copies.Models)
            RequireSame(copy, posterior);
        var run = new PartitionedRun(Options, posterior, partitions, workers, copies.Models, progress);
        run.Join();
        int first = posterior.Rounds.Count;
        PartitionedEnd end;
        double? elbo = null;
        try
        {
            end = posterior.Options.Schedule == PartitionSchedule.Synchronous
                ? run.Synchronous(cancellationToken) : run.Asynchronous(cancellationToken);
            elbo = run.Elbo(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            end = PartitionedEnd.Cancelled;
        }
        finally
        {
            posterior.CopyTo(Model);
        }
        return new PartitionedResult { Posterior = posterior, Rounds = [.. posterior.Rounds.Skip(first)], End = end, Elbo = elbo };
    }

    private void RequireSame(BayesianModule model, PartitionedPosterior posterior)
    {
        string fingerprint = ModelSchema.Of(model, Likelihood).Fingerprint;
        if (fingerprint != posterior.Fingerprint)
            throw new ArgumentException(
                $"{(ReferenceEquals(model, Model) ? "The model" : $"A model of {nameof(Options.CreateModel)}")} has the fingerprint {fingerprint} "
                + $"and the posterior {posterior.Fingerprint}; expected the same modules, priors, likelihood and frozen numbers.", nameof(posterior));
    }

    private static void RequireDifferent(IReadOnlyList<Partition> partitions)
    {
        if (partitions.Count == 0)
            throw new ArgumentException("There are no partitions; expected at least one.", nameof(partitions));
        if (partitions.GroupBy(partition => partition.Name).FirstOrDefault(group => group.Count() > 1) is { } same)
            throw new ArgumentException($"{same.Count()} partitions have the name '{same.Key}'; expected different names.", nameof(partitions));
    }
}
