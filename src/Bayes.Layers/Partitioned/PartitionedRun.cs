namespace Bayes.Layers.Partitioned;

/// <summary>One call of <see cref="PartitionedTraining"/>'s Fit.</summary>
/// <param name="options">The options.</param>
/// <param name="posterior">The posterior.</param>
/// <param name="partitions">The partitions.</param>
/// <param name="workers">A worker for each partition.</param>
/// <param name="models">A model for each thread.</param>
/// <param name="progress">Receives the rounds; may be null.</param>
internal sealed class PartitionedRun(
    PartitionedTrainingOptions options, PartitionedPosterior posterior, IReadOnlyList<Partition> partitions,
    IReadOnlyList<PartitionWorker> workers, IReadOnlyList<BayesianModule> models, IProgress<PartitionedRound>? progress)
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
                requests.Length, models.Count,
                (index, thread, token) => answers[index] = workers[index].Answer(requests[index], models[thread], token),
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
        int[] answers = new int[partitions.Count];
        bool[] isBusy = new bool[partitions.Count];
        PartitionThreads.Run(models.Count, models.Count, (_, thread, token) =>
        {
            while (Next() is { } index && !token.IsCancellationRequested)
            {
                PartitionRequest request;
                lock (_gate)
                    request = posterior.Request(partitions[index].Name);
                var answer = workers[index].Answer(request, models[thread], token);
                lock (_gate)
                {
                    if (posterior.Offer(answer) == AnswerOutcome.Accepted)
                        progress?.Report(posterior.Rounds[^1]);
                    isBusy[index] = false;
                }
            }
        }, cancellationToken);
        return PartitionedEnd.LastRound;

        // Returns a partition that nobody asks now, among those that were asked least.
        int? Next()
        {
            lock (_gate)
            {
                int best = -1;
                for (int i = 0; i < answers.Length; i++)
                    if (!isBusy[i] && answers[i] < options.Rounds && (best < 0 || answers[i] < answers[best]))
                        best = i;
                if (best < 0)
                    return null;
                answers[best]++;
                isBusy[best] = true;
                return best;
            }
        }
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
            partitions.Count, models.Count,
            (index, thread, _) => expected[index] = workers[index].Evaluate(final, models[thread], posterior.Options.Seed),
            cancellationToken);
        return expected.Aggregate((double?)0, (sum, value) => sum + value) - posterior.KlDivergence;
    }
}
