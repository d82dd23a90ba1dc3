using Bayes.Layers.Partitioned;
using Orleans.Concurrency;

namespace Bayes.Layers.Orleans;

/// <summary>
/// A training on data in several places; its key is its name. It holds the posterior of partitioned variational inference, which is durable after
/// each round, and no data: whoever has some asks what there is to do, computes, and answers.
/// </summary>
/// <remarks><see cref="PartitionedTrainingJob"/> is the same for clients and silos.</remarks>
[Alias("Bayes.Layers.IPartitionedTrainingGrain")]
public interface IPartitionedTrainingGrain : IGrainWithStringKey
{
    /// <summary>Begins the training. The same request again changes nothing and returns the status.</summary>
    /// <param name="request">The posterior at the beginning, and the number of rounds.</param>
    /// <returns>The status.</returns>
    /// <exception cref="InvalidOperationException">Another training was begun under this name.</exception>
    /// <exception cref="ArgumentException">The request cannot be read, or has no rounds.</exception>
    [Alias("Begin")]
    Task<PartitionedTrainingStatus> Begin(PartitionedTrainingRequest request);

    /// <summary>Returns what there is to do for a partition. One that is not known joins.</summary>
    /// <param name="partition">The name of the partition.</param>
    /// <param name="fingerprint">That of its model and likelihood (<see cref="PartitionWorker.Fingerprint"/>).</param>
    /// <returns>A request, nothing for now, or the end.</returns>
    /// <exception cref="ArgumentException">The partition has another model.</exception>
    [Alias("Ask")]
    Task<PartitionOrder> Ask(string partition, string fingerprint);

    /// <summary>Takes an answer. One that comes twice or late changes nothing.</summary>
    /// <param name="answer">The bytes of <c>PartitionAnswer.ToBytes</c>.</param>
    /// <returns>What was done with it.</returns>
    /// <exception cref="ArgumentException">The answer is damaged, of another model, or not finite.</exception>
    [Alias("Offer")]
    Task<AnswerOutcome> Offer(byte[] answer);

    /// <summary>Lets a partition leave.</summary>
    /// <param name="partition">The name of the partition.</param>
    /// <param name="keepsFactor">Whether what it said stays in the posterior.</param>
    /// <returns>The status.</returns>
    /// <exception cref="ArgumentException">There is no such partition.</exception>
    [Alias("Leave")]
    Task<PartitionedTrainingStatus> Leave(string partition, bool keepsFactor);

    /// <summary>Asks no partition until <see cref="Resume"/>.</summary>
    /// <returns>The status.</returns>
    [Alias("Pause")]
    Task<PartitionedTrainingStatus> Pause();

    /// <summary>Goes on with a paused training.</summary>
    /// <returns>The status.</returns>
    [Alias("Resume")]
    Task<PartitionedTrainingStatus> Resume();

    /// <summary>Returns the status.</summary>
    /// <returns>The status; <see cref="PartitionedTrainingState.Unknown"/> if nothing was begun.</returns>
    [AlwaysInterleave, Alias("GetStatus")]
    Task<PartitionedTrainingStatus> GetStatus();

    /// <summary>Returns the posterior as it is now, with the numbers of all rounds.</summary>
    /// <returns>The bytes of <c>PartitionedPosterior.ToBytes</c>; null if nothing was begun.</returns>
    [Alias("GetPosterior")]
    Task<byte[]?> GetPosterior();
}
