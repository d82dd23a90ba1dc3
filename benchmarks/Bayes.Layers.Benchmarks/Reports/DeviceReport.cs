using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>All measurements on one device.</summary>
/// <param name="Device">cpu or cuda:0.</param>
/// <param name="Facts">A description of the machine.</param>
/// <param name="PyTorch">The PyTorch compared with, or the reason for none.</param>
/// <param name="Sections">Titles and results.</param>
/// <param name="Memory">The memory of the predictions by case; empty if not measured.</param>
internal sealed record DeviceReport(
    string Device,
    IReadOnlyList<MachineFact> Facts,
    string PyTorch,
    IReadOnlyList<SectionResult> Sections,
    IReadOnlyList<MemoryResult> Memory);
