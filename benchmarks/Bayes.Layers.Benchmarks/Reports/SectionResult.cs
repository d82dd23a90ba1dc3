using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>The answers to one question.</summary>
internal sealed record SectionResult(string Title, IReadOnlyList<CaseResult> Cases);
