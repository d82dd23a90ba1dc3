using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>The answers to one question.</summary>
/// <param name="Title">The question.</param>
/// <param name="Cases">The measured cases.</param>
/// <param name="NotTimed">The reason for each case that was not timed because its result was wrong.</param>
internal sealed record SectionResult(string Title, IReadOnlyList<CaseResult> Cases, IReadOnlyList<string> NotTimed)
{
    /// <summary>The reason for each case that PyTorch did not compile.</summary>
    public IReadOnlyList<string> NotCompiled { get; init; } = [];
}
