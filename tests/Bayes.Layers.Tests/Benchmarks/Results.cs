using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Reports;

namespace Bayes.Layers.Tests.Benchmarks;

/// <summary>Made-up measurements for tests of the reports.</summary>
internal static class Results
{
    /// <summary>A case that takes the library 0.1 s and the loop by hand a multiple of that.</summary>
    public static CaseResult Case(string key, double speedup = 3, int units = 1) => new(
        key, $"the work of {key}", "cpu", units, Timing.Of([0.1 * speedup]), Timing.Of([0.1]),
        [new("products", Timing.Of([0.05])), new("noise", Timing.Of([0.02]))]);

    /// <summary>The same, with PyTorch's times on one thread and on two.</summary>
    public static CaseResult WithPyTorch(CaseResult result, double one, double two) => result with { PyTorch = [new(1, one, 5), new(2, two, 5)] };

    /// <summary>The same, with PyTorch's time when it is compiled.</summary>
    public static CaseResult WithCompiled(CaseResult result, double seconds) =>
        result with { PyTorch = [.. result.PyTorch, new(2, seconds, 5, Compiled: true)] };

    /// <summary>The same, with the plain network's time.</summary>
    public static CaseResult WithPlain(CaseResult result, double seconds) => result with { Plain = Timing.Of([seconds]) };

    public static DeviceReport OnCpu(params CaseResult[] cases) => new(
        "cpu", [new("device", "cpu"), new("processor", "a fast one")], "PyTorch 1.2.3, matrix products by somebody", [new("A question", cases, [])],
        [new("mc_grid", "the grid", new PeakMemory(400 << 20, 2048), new PeakMemory(100 << 20, 4 << 20))]);
}
