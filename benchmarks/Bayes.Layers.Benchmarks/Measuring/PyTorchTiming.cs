namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>PyTorch's time for a case.</summary>
/// <param name="Threads">The number of threads.</param>
/// <param name="Seconds">The median time of one call over all rounds.</param>
/// <param name="Rounds">The number of rounds.</param>
/// <param name="Compiled">Whether <c>torch.compile</c> compiled the model.</param>
internal sealed record PyTorchTiming(int Threads, double Seconds, int Rounds, bool Compiled = false);
