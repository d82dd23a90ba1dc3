using Bayes.Layers.Scoring;

namespace Bayes.Layers.Tool;

/// <summary>Who does the shards of a command. Removes the plan that was written for the workers.</summary>
internal sealed class WorkersExecutor(ScoringExecutor executor, string? temporary) : IDisposable
{
    public ScoringExecutor Executor => executor;

    public void Dispose()
    {
        if (temporary is not null)
            File.Delete(temporary);
    }
}
