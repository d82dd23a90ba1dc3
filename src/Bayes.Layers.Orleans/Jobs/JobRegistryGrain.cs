namespace Bayes.Layers.Orleans.Jobs;

/// <summary>Keeps the names of jobs with work left.</summary>
internal sealed class JobRegistryGrain([PersistentState("jobs", BayesLayersOptions.StorageName)] IPersistentState<JobRegistry> registry)
    : Grain, IJobRegistryGrain
{
    /// <summary>The key of the only registry of a cluster.</summary>
    public const string Key = "jobs";

    public Task<string[]> List() => Task.FromResult(registry.State.Names.ToArray());

    public async Task Add(string job)
    {
        if (registry.State.Names.Contains(job))
            return;
        await WriteAsync([.. registry.State.Names, job]);
    }

    public async Task Remove(string job)
    {
        if (!registry.State.Names.Contains(job))
            return;
        await WriteAsync([.. registry.State.Names.Where(name => name != job)]);
    }

    private async Task WriteAsync(List<string> names)
    {
        var before = registry.State.Names;
        registry.State.Names = names;
        try
        {
            await registry.WriteStateAsync();
        }
        catch
        {
            registry.State.Names = before;
            throw;
        }
    }
}
