using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Diagnostics;

/// <summary>
/// Counts weights by their signal-to-noise ratio |mu| / sigma in decibels, 20 log10(|mu| / sigma): 0 dB is |mu| = sigma, and 20 dB is |mu| = 10
/// sigma. Weights with a low ratio can be removed with little loss (Graves 2011, "Practical Variational Inference for Neural Networks", on pruning;
/// Blundell et al. 2015, "Weight Uncertainty in Neural Networks", §5.1 and figure 4).
/// </summary>
public sealed class SignalToNoiseHistogram
{
    private static readonly double[] EdgeValues = [-20, -10, 0, 10, 20];
    private static readonly Scalar[] EdgeScalars = [.. EdgeValues.Select(edge => (Scalar)edge)];

    private SignalToNoiseHistogram(long[] counts) => Counts = Array.AsReadOnly(counts);

    /// <summary>
    /// Gets the edges between the bins, in decibels: −20, −10, 0, 10, 20. The first bin is everything below −20, including mu = 0 with −∞ dB, and
    /// the last everything from 20 on. An edge belongs to the bin above it.
    /// </summary>
    public static IReadOnlyList<double> Edges { get; } = Array.AsReadOnly(EdgeValues);

    /// <summary>Gets the number of weights in each bin, the lowest bin first: one more number than there are edges.</summary>
    public IReadOnlyList<long> Counts { get; }

    /// <summary>Gets the number of counted weights, those with finite mu and log_var.</summary>
    public long Total => Counts.Sum();

    /// <summary>Counts decibels, which must not be NaN.</summary>
    internal static SignalToNoiseHistogram Of(Tensor decibels)
    {
        long[] counts = new long[EdgeValues.Length + 1];
        long counted = 0;
        for (int bin = 0; bin < EdgeValues.Length; bin++)
        {
            using var scope = NewDisposeScope();
            long below = decibels.lt(EdgeScalars[bin]).sum().ReadInt64();
            counts[bin] = below - counted;
            counted = below;
        }
        counts[^1] = decibels.numel() - counted;
        return new SignalToNoiseHistogram(counts);
    }

    internal static SignalToNoiseHistogram Sum(IEnumerable<SignalToNoiseHistogram> histograms)
    {
        long[] counts = new long[EdgeValues.Length + 1];
        foreach (var histogram in histograms)
            for (int bin = 0; bin < counts.Length; bin++)
                counts[bin] += histogram.Counts[bin];
        return new SignalToNoiseHistogram(counts);
    }
}
