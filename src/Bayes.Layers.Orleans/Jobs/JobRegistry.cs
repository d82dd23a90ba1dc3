namespace Bayes.Layers.Orleans.Jobs;

/// <summary>Durable state of <see cref="JobRegistryGrain"/>.</summary>
[GenerateSerializer, Alias("Bayes.Layers.JobRegistry")]
internal sealed class JobRegistry
{
    /// <summary>Gets or sets the names of jobs with work left, in the order in which they came.</summary>
    [Id(0)]
    public List<string> Names { get; set; } = [];
}
