namespace Bayes.Layers.Partitioned;

/// <summary>One call of <see cref="PartitionedTraining"/>'s Fit.</summary>
/// <param name="options">The options.</param>
/// <param name="posterior">The posterior.</param>
/// <param name="partitions">The partitions.</param>
/// <param name="workers">For each thread a worker for each partition, all with the thread's model.</param>
/// <param name="progress">Receives the rounds; may be null.</param>
internal sealed class PartitionedRun(
    PartitionedTrainingOptions options, PartitionedPosterior posterior, IReadOnlyList<Partition> partitions,
    IReadOnlyList<IReadOnlyList<PartitionWorker>> workers, IProgress<PartitionedRound>? progress)
{
    private readonly Lock _gate = new();

    /// <summary>Joins the partitions that the posterior does not know, and freezes those that are not given.</summary>
    public void Join()
    {
        var known = posterior.Partitions.ToDictionary(status => status.Name);
        var given = partitions.Select(partition => partition.Name).ToHashSet();
        foreach (string name in given)
            if (known.ContainsKey(name))
                posterior.Unfreeze(name);
            else
                posterior.Join(name);
        foreach (string name in known.Keys.Where(name => !given.Contains(name)))
            posterior.Freeze(name);
    }

    public PartitionedEnd Synchronous(CancellationToken cancellationToken)
    {
        for (int round = 0; round < options.Rounds; round++)
        {
            PartitionRequest[] requests = [.. partitions.Select(partition => posterior.Request(partition.Name))];
            var answers = new PartitionAnswer[requests.Length];
            PartitionThreads.Run(
                requests.Length, workers.Count, (index, thread, token) => answers[index] = workers[thread][index].Answer(requests[index], token),
                cancellationToken);
            foreach (var answer in answers)
                posterior.Offer(answer);
            var ended = posterior.EndRound();
            progress?.Report(ended);
            if (ended.LargestChange < options.Tolerance)
                return PartitionedEnd.Settled;
        }
        return PartitionedEnd.LastRound;
    }

    public PartitionedEnd Asynchronous(CancellationToken cancellationToken)
    {
        // A piece of work is an answer; the partitions come in turn.
        PartitionThreads.Run(
            options.Rounds * partitions.Count, workers.Count, (piece, thread, token) =>
            {
                int index = piece % partitions.Count;
                PartitionRequest request;
                lock (_gate)
                    request = posterior.Request(partitions[index].Name);
                var answer = workers[thread][index].Answer(request, token);
                lock (_gate)
                    if (posterior.Offer(answer) == AnswerOutcome.Accepted)
                        progress?.Report(posterior.Rounds[^1]);
            },
            cancellationToken);
        return PartitionedEnd.LastRound;
    }

    /// <summary>Computes the ELBO of the posterior over all rows; null if a partition does not tell its part.</summary>
    public double? Elbo(CancellationToken cancellationToken)
    {
        // Those that are frozen are not here.
        if (posterior.Partitions.Any(status => status.IsFrozen))
            return null;
        var expected = new double?[partitions.Count];
        var final = posterior.Posterior;
        PartitionThreads.Run(
            partitions.Count, workers.Count, (index, thread, _) => expected[index] = workers[thread][index].Evaluate(final, posterior.Options.Seed),
            cancellationToken);
        return expected.Aggregate((double?)0, (sum, value) => sum + value) - posterior.KlDivergence;
    }
}
