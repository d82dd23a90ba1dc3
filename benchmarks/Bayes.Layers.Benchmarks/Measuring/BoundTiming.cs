namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>How long a part of the work takes alone.</summary>
internal sealed record BoundTiming(string Name, Timing Timing);
