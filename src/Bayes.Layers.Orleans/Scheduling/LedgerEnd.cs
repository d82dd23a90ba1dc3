namespace Bayes.Layers.Orleans.Scheduling;

/// <summary>How the work on a job ended.</summary>
internal enum LedgerEnd
{
    NotYet,
    Merged,
    Failed,
    Cancelled,
}
