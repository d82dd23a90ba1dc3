using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>The answers to one question.</summary>
/// <param name="Title">The question.</param>
/// <param name="Cases">What was measured.</param>
/// <param name="NotTimed">Why a case was not: what was to be timed was not right.</param>
internal sealed record SectionResult(string Title, IReadOnlyList<CaseResult> Cases, IReadOnlyList<string> NotTimed);
