namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>How long PyTorch took for a case.</summary>
/// <param name="Threads">Its threads.</param>
/// <param name="Seconds">The median of its rounds, of one call.</param>
/// <param name="Rounds">How many rounds.</param>
internal sealed record PyTorchTiming(int Threads, double Seconds, int Rounds);
