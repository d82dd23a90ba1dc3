namespace Bayes.Layers.Orleans;

/// <summary>Where a scoring job is on its way.</summary>
public enum ScoringJobState
{
    /// <summary>Nothing was submitted under this name.</summary>
    Unknown,

    /// <summary>Silos score shards.</summary>
    Scoring,

    /// <summary>Shards at work are finished, and no other is begun.</summary>
    Paused,

    /// <summary>Every part is there, and one silo writes the result.</summary>
    Merging,

    /// <summary>The result is written, and the parts are being removed.</summary>
    Removing,

    /// <summary>The result is written and the parts are removed. Final.</summary>
    Completed,

    /// <summary>An error ended the job. Its parts are kept: <see cref="IScoringJobGrain.Resume"/> goes on, <see cref="IScoringJobGrain.Cancel"/>
    /// removes them.</summary>
    Failed,

    /// <summary>The job was cancelled, and its parts are being removed.</summary>
    Cancelling,

    /// <summary>The job was cancelled and its parts are removed. Final.</summary>
    Cancelled,
}
