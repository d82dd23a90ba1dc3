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
    /// <summary>The plain network's step or passes; null if there is none.</summary>
    public Timing? Plain { get; init; }

    /// <summary>PyTorch's loop on one thread and on all; empty if PyTorch was not timed.</summary>
    public IReadOnlyList<PyTorchTiming> PyTorch { get; init; } = [];

    /// <summary>The speedup over the loop by hand.</summary>
    public double Speedup => Baseline.Median / Library.Median;

    /// <summary>The library's time as a multiple of the plain network's; null if there is none.</summary>
    public double? OverPlain => Library.Median / Plain?.Median;

    /// <summary>PyTorch's shorter time without compiling.</summary>
    public PyTorchTiming? BestPyTorch => Best(compiled: false);

    /// <summary>PyTorch's shorter time with <c>torch.compile</c>.</summary>
    public PyTorchTiming? BestCompiled => Best(compiled: true);

    /// <summary>The longest of the parts.</summary>
    public BoundTiming? LongestBound => Bounds.MaxBy(each => each.Timing.Median);

    /// <summary>Measures a case whose two variants agree.</summary>
    public static CaseResult Measure(Case given, string device, Rounds rounds, bool withBounds)
    {
        using var work = given.CreateChecked(TorchSharp.torch.device(device));
        IReadOnlyList<Bound> bounds = withBounds ? work.Bounds : [];
        IReadOnlyList<Action> plain = work.Plain is { } pass ? [pass] : [];
        var timings = rounds.Time([work.Baseline, work.Library, .. plain, .. bounds.Select(bound => bound.Run)]);
        return new CaseResult(
            given.Key, given.Title, device, work.Units, timings[0], timings[1],
            [.. bounds.Zip(timings.Skip(2 + plain.Count), (bound, timing) => new BoundTiming(bound.Name, timing))])
        {
            Plain = plain.Count > 0 ? timings[2] : null,
        };
    }

    private PyTorchTiming? Best(bool compiled) => PyTorch.Where(each => each.Compiled == compiled).MinBy(each => each.Seconds);
}
