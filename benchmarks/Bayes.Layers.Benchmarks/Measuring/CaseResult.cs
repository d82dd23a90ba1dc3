using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>What was measured of a case on one device, all in the same minutes.</summary>
/// <param name="Key">The case's key.</param>
/// <param name="Title">What is done.</param>
/// <param name="Device">Where.</param>
/// <param name="Units">Steps that one timed call makes; 1 for what has no steps.</param>
/// <param name="Baseline">As everybody writes it.</param>
/// <param name="Library">By this library.</param>
/// <param name="Bounds">The parts that nobody can leave out, alone.</param>
internal sealed record CaseResult(
    string Key, string Title, string Device, int Units, Timing Baseline, Timing Library, IReadOnlyList<BoundTiming> Bounds)
{
    /// <summary>PyTorch's loop on one thread and on all; empty where it was not asked.</summary>
    public IReadOnlyList<PyTorchTiming> PyTorch { get; init; } = [];

    /// <summary>Times as fast as the loop by hand.</summary>
    public double Speedup => Baseline.Median / Library.Median;

    /// <summary>PyTorch's better timing.</summary>
    public PyTorchTiming? BestPyTorch => PyTorch.MinBy(each => each.Seconds);

    /// <summary>The longest of the parts.</summary>
    public BoundTiming? LongestBound => Bounds.MaxBy(each => each.Timing.Median);

    /// <summary>Measures a case whose two ways agree.</summary>
    public static CaseResult Measure(Case given, string device, Rounds rounds, bool withBounds)
    {
        using var work = given.CreateChecked(TorchSharp.torch.device(device));
        IReadOnlyList<Bound> bounds = withBounds ? work.Bounds : [];
        var timings = rounds.Time([work.Baseline, work.Library, .. bounds.Select(bound => bound.Run)]);
        return new CaseResult(
            given.Key, given.Title, device, work.Units, timings[0], timings[1], [.. bounds.Zip(timings.Skip(2), (bound, timing) => new BoundTiming(bound.Name, timing))]);
    }
}
