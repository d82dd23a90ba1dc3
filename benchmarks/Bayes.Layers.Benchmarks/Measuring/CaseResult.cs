using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>The measurements of a case on one device, all made within the same minutes.</summary>
/// <param name="Key">The case's key.</param>
/// <param name="Title">The work.</param>
/// <param name="Device">The device.</param>
/// <param name="Units">The steps of one timed call; 1 for work without steps.</param>
/// <param name="Baseline">The loop by hand.</param>
/// <param name="Library">This library.</param>
/// <param name="Bounds">The unavoidable parts, each alone.</param>
internal sealed record CaseResult(
    string Key, string Title, string Device, int Units, Timing Baseline, Timing Library, IReadOnlyList<BoundTiming> Bounds)
{
    /// <summary>PyTorch's loop on one thread and on all; empty if PyTorch was not timed.</summary>
    public IReadOnlyList<PyTorchTiming> PyTorch { get; init; } = [];

    /// <summary>The speedup over the loop by hand.</summary>
    public double Speedup => Baseline.Median / Library.Median;

    /// <summary>PyTorch's shorter time.</summary>
    public PyTorchTiming? BestPyTorch => PyTorch.MinBy(each => each.Seconds);

    /// <summary>The longest of the parts.</summary>
    public BoundTiming? LongestBound => Bounds.MaxBy(each => each.Timing.Median);

    /// <summary>Measures a case whose two variants agree.</summary>
    public static CaseResult Measure(Case given, string device, Rounds rounds, bool withBounds)
    {
        using var work = given.CreateChecked(TorchSharp.torch.device(device));
        IReadOnlyList<Bound> bounds = withBounds ? work.Bounds : [];
        var timings = rounds.Time([work.Baseline, work.Library, .. bounds.Select(bound => bound.Run)]);
        return new CaseResult(
            given.Key, given.Title, device, work.Units, timings[0], timings[1],
            [.. bounds.Zip(timings.Skip(2), (bound, timing) => new BoundTiming(bound.Name, timing))]);
    }
}
