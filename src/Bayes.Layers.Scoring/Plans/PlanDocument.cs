using Bayes.Layers.Scoring.Tables;

namespace Bayes.Layers.Scoring.Plans;

/// <summary>What a plan's file says.</summary>
internal sealed record PlanDocument
{
    /// <summary>Gets the version of the file's form.</summary>
    public required int Version { get; init; }

    /// <summary>Gets the version of the library that made the plan.</summary>
    public required string Library { get; init; }

    /// <summary>Gets the path of the model; null where the fingerprint is computed.</summary>
    public string? Model { get; init; }

    /// <summary>Gets the SHA-256 of the model's file.</summary>
    public required string ModelDigest { get; init; }

    /// <summary>Gets the path of the table; null where the fingerprint is computed.</summary>
    public string? Table { get; init; }

    /// <summary>Gets what is known of the table.</summary>
    public required TableDescription TableDescription { get; init; }

    /// <summary>Gets the columns of features that are read, in the order of the model.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>Gets the columns with the targets.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Gets the seed of the draws.</summary>
    public required long Seed { get; init; }

    /// <summary>Gets the number of draws.</summary>
    public required int Draws { get; init; }

    /// <summary>Gets the levels of the quantiles.</summary>
    public required IReadOnlyList<double> Quantiles { get; init; }

    /// <summary>Gets the name of the cut.</summary>
    public required string Cut { get; init; }

    /// <summary>Gets the number of rows or draws of a shard.</summary>
    public required int CutSize { get; init; }

    /// <summary>Gets the fingerprint of all else but the paths; null where it is computed.</summary>
    public string? Fingerprint { get; init; }
}
