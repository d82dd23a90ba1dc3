using Bayes.Layers.Orleans.Scheduling;

namespace Bayes.Layers.Orleans.Jobs;

/// <summary>The side of a job that silos see.</summary>
[Alias("Bayes.Layers.IScoringWorkGrain")]
internal interface IScoringWorkGrain : IGrainWithStringKey
{
    /// <summary>Returns what the job does; null if nothing was submitted.</summary>
    [Alias("GetRequest"), ResponseTimeout("00:00:10")]
    Task<ScoringJobRequest?> GetRequest();

    /// <summary>Takes a report, and answers what to start and stop.</summary>
    [Alias("Exchange"), ResponseTimeout("00:00:10")]
    Task<WorkOrder> Exchange(WorkReport report);
}
