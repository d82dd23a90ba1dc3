namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>The time of one part of the work alone.</summary>
internal sealed record BoundTiming(string Name, Timing Timing);
