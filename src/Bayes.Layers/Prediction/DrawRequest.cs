using Bayes.Layers.Estimators;

namespace Bayes.Layers.Prediction;

/// <summary>Names the functions of one prediction.</summary>
/// <param name="Seed">The seed of the draws.</param>
/// <param name="Count">S, the most draws that will be made.</param>
/// <param name="First">The number of the first draw.</param>
/// <param name="Budget">The memory to work in.</param>
/// <param name="Fingerprint">The distribution's fingerprint, if it is known.</param>
internal sealed record DrawRequest(long Seed, int Count, int First, MemoryBudget Budget, ulong? Fingerprint = null)
{
    /// <summary>Returns the functions' draws, which the caller disposes.</summary>
    public PosteriorDraws NewDraws() => new(Seed, Count, First);
}
