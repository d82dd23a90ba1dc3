using Bayes.Layers.Scoring;

namespace Bayes.Layers.Orleans.Jobs;

/// <summary>What a job and its silos do with plans, parts and models: blocking work, to be called off the scheduler of grains.</summary>
internal interface IScoringWork
{
    /// <summary>Reads the plan.</summary>
    PlanFacts Read(ScoringJobRequest request);

    /// <summary>Returns the shards whose parts are there; the merge looks into them.</summary>
    int[] FindComplete(ScoringJobRequest request);

    /// <summary>Loads the model; refuses with what differs from the plan.</summary>
    IShardRunner Open(ScoringJobRequest request);

    /// <summary>Merges all parts into the result, whole or not at all. Damaged parts are removed.</summary>
    /// <exception cref="DamagedPartsException">Parts are absent or damaged.</exception>
    void Merge(ScoringJobRequest request, CancellationToken cancellation);

    /// <summary>Removes all parts and what was begun.</summary>
    void RemoveParts(ScoringJobRequest request);
}
