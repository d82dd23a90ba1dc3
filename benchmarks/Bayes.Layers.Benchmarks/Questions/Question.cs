using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Work;
using BenchmarkDotNet.Attributes;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>A question about time for BenchmarkDotNet: several cases, each by hand, by the library, by the plain
/// network, and as parts alone, on each device.</summary>
public abstract class Question
{
    private Workload _work = null!;
    private Action? _plain;
    private Action[] _parts = [];

    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = "";

    [ParamsSource(nameof(Keys))]
    public string Case { get; set; } = "";

    public static IEnumerable<string> Devices => ComputeDevices.Present;

    public IEnumerable<string> Keys => Asked.Select(each => each.Key);

    private protected abstract IReadOnlyList<Case> Asked { get; }

    [GlobalSetup]
    public void SetUp()
    {
        _work = Asked.Single(each => each.Key == Case).CreateChecked(TorchSharp.torch.device(Device));
        _plain = _work.Plain;
        _parts = [.. _work.Bounds.Select(bound => bound.Run)];
    }

    [GlobalCleanup]
    public void CleanUp() => _work.Dispose();

    [Benchmark(Baseline = true)]
    public void ByHand() => _work.Baseline();

    [Benchmark]
    public void Library() => _work.Library();

    /// <summary>Runs the plain network, if there is one.</summary>
    [Benchmark]
    public void Plain() => _plain?.Invoke();

    /// <summary>Runs the unavoidable parts one after the other.</summary>
    [Benchmark]
    public void PartsAlone()
    {
        foreach (var part in _parts)
            part();
    }
}
