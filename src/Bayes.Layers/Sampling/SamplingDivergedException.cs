namespace Bayes.Layers.Sampling;

/// <summary>The exception for a sampler that was stopped because its weights or densities were not finite, or because it could not move.</summary>
public sealed class SamplingDivergedException : InvalidOperationException
{
    internal SamplingDivergedException(string message) : base(message)
    {
    }
}
