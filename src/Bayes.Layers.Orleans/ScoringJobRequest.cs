using Bayes.Layers.Scoring;

namespace Bayes.Layers.Orleans;

/// <summary>What a scoring job does. All silos see the same paths: model, table, parts and result are on a file system that they share.</summary>
[GenerateSerializer, Immutable, Alias("Bayes.Layers.ScoringJobRequest")]
public sealed record ScoringJobRequest
{
    /// <summary>Gets the plan as JSON (<see cref="ScoringPlan.ToJson"/>), with full paths.</summary>
    [Id(0)]
    public required string Plan { get; init; }

    /// <summary>Gets the folder of the parts, which the silos create and remove.</summary>
    [Id(1)]
    public required string PartsFolder { get; init; }

    /// <summary>Gets the file of the result, which replaces an existing one. Its folder must exist.</summary>
    [Id(2)]
    public required string Output { get; init; }
}
