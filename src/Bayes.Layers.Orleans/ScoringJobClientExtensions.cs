namespace Bayes.Layers.Orleans;

/// <summary>Gives clients and grains of a cluster its scoring jobs.</summary>
public static class ScoringJobClientExtensions
{
    /// <summary>Returns the scoring job of a name, whether anything was submitted under it or not.</summary>
    /// <param name="client">A client of the cluster, or the factory of grains of a silo.</param>
    /// <param name="name">Name of the job.</param>
    /// <returns>The job.</returns>
    public static ScoringJob GetScoringJob(this IGrainFactory client, string name)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new ScoringJob(client.GetGrain<IScoringJobGrain>(name), name);
    }
}
