using Orleans.Concurrency;

namespace Bayes.Layers.Orleans.Jobs;

/// <summary>The names of jobs with work left: one durable list for the cluster, which every silo reads to find work.</summary>
[Alias("Bayes.Layers.IJobRegistryGrain")]
internal interface IJobRegistryGrain : IGrainWithStringKey
{
    [Alias("List"), AlwaysInterleave, ResponseTimeout("00:00:10")]
    Task<string[]> List();

    [Alias("Add")]
    Task Add(string job);

    [Alias("Remove")]
    Task Remove(string job);
}
