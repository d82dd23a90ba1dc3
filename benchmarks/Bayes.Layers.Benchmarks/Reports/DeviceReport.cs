using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>All that was measured on one device.</summary>
/// <param name="Device">cpu or cuda:0.</param>
/// <param name="Facts">What it was measured on.</param>
/// <param name="PyTorch">Which PyTorch was compared with, or why none was.</param>
/// <param name="Sections">Titles and results.</param>
/// <param name="Memory">What the predictions take, by case; empty where that was not measured.</param>
internal sealed record DeviceReport(
    string Device,
    IReadOnlyList<MachineFact> Facts,
    string PyTorch,
    IReadOnlyList<SectionResult> Sections,
    IReadOnlyList<MemoryResult> Memory);
