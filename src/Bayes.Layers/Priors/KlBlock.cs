namespace Bayes.Layers.Priors;

/// <summary>Weights next to each other, with their posterior and the gradients of its parameters.</summary>
/// <param name="mean">mu.</param>
/// <param name="logVariance">log sigma², of the same length.</param>
/// <param name="variance">sigma².</param>
/// <param name="meanGradient">The gradient with respect to mu.</param>
/// <param name="logVarianceGradient">The gradient with respect to log_var.</param>
internal readonly ref struct KlBlock<T>(
    ReadOnlySpan<T> mean, ReadOnlySpan<T> logVariance, ReadOnlySpan<T> variance, Span<T> meanGradient, Span<T> logVarianceGradient)
{
    public ReadOnlySpan<T> Mean { get; } = mean;

    public ReadOnlySpan<T> LogVariance { get; } = logVariance;

    public ReadOnlySpan<T> Variance { get; } = variance;

    public Span<T> MeanGradient { get; } = meanGradient;

    public Span<T> LogVarianceGradient { get; } = logVarianceGradient;

    public int Length => Mean.Length;
}
