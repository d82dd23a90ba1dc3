using Bayes.Layers.Scoring;
using TorchSharp;

namespace Bayes.Layers.Tool;

/// <summary>The workers of a command.</summary>
/// <param name="Count">How many; 1 for this process.</param>
/// <param name="Threads">The threads of each; 0 to share the processors.</param>
/// <param name="Device">The name of the device.</param>
/// <param name="Plan">The file of the plan; null if there is none yet.</param>
internal sealed record Workers(int Count, int Threads, string Device, string? Plan)
{
    /// <summary>Returns who does the shards, with what must be removed at the end.</summary>
    public WorkersExecutor Executor(ScoringPlan plan, string folder, torch.Device device)
    {
        if (Count == 1)
            return new WorkersExecutor(new ThreadExecutor(workers: 1, device), temporary: null);
        string? temporary = null;
        string path = Plan ?? (temporary = Path.Combine(Path.GetTempPath(), $"bayes-{Guid.NewGuid():N}.json"));
        if (temporary is not null)
            plan.Save(temporary);
        int threads = Threads > 0 ? Threads : Math.Max(1, Environment.ProcessorCount / Count);
        return new WorkersExecutor(
            new ProcessExecutor(Count, _ => ThisProgram.With(
                "worker", "--plan", path, "--parts", folder, "--threads", $"{threads}", "--device", Device)),
            temporary);
    }

    /// <inheritdoc/>
    public override string ToString() => Count == 1 ? "in this process" : $"{Count} processes";
}
