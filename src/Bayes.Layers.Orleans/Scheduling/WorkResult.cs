namespace Bayes.Layers.Orleans.Scheduling;

/// <summary>How an agent's work on one item ended.</summary>
internal enum WorkResult
{
    /// <summary>The part, or the result, is written.</summary>
    Done,

    /// <summary>An error, with its sentence.</summary>
    Failed,

    /// <summary>The agent was told to stop, or its silo shuts down.</summary>
    Stopped,
}
