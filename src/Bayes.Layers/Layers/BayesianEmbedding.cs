using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A vector for each of some symbols, whose numbers are distributions: indices <c>[B, …]</c> of Int64 → <c>[B, …, size]</c>. The weight is
/// <c>[count, size]</c>, as PyTorch's.
/// </summary>
/// <remarks>
/// The vector of a <see cref="PaddingIndex"/> is 0 in every draw. It is a number and no random variable, so the weight is without its row:
/// <c>[count − 1, size]</c>, the rows after it one place earlier.
/// </remarks>
public sealed class BayesianEmbedding : BayesianLayer
{
    /// <summary>A layer of <paramref name="count"/> vectors.</summary>
    /// <param name="count">How many symbols there are: indices 0 to count − 1. At least 1.</param>
    /// <param name="size">The length of a vector; at least 1.</param>
    /// <param name="prior">The prior of the weight; N(0, 1) by default.</param>
    /// <param name="initializer">
    /// How the posterior starts; <see cref="FanInInitializer"/> of gain 1 by default: mu ~ N(0, 1 / fan-in), sigma a tenth of that spread.
    /// </param>
    /// <param name="device">Where the parameters live; torch's default device by default.</param>
    /// <param name="dtype">Their element type; torch's default type by default.</param>
    /// <param name="paddingIndex">The index whose vector stays 0, from 0 to count − 1; null for none. It needs a count of at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or the padding's index outside its range.</exception>
    /// <exception cref="ArgumentException">The device is not there, or the type is not floating-point.</exception>
    public BayesianEmbedding(
        long count, long size, Prior? prior = null, PosteriorInitializer? initializer = null, Device? device = null, ScalarType? dtype = null,
        long? paddingIndex = null)
        : base(nameof(BayesianEmbedding), new EmbeddingMap(count, size, paddingIndex), hasBias: false, prior, biasPrior: null, initializer, device,
            dtype)
    {
        Count = count;
        Size = size;
        PaddingIndex = paddingIndex;
    }

    /// <summary>How many symbols there are.</summary>
    public long Count { get; }

    /// <summary>The length of a vector.</summary>
    public long Size { get; }

    /// <summary>Gets the index whose vector stays 0, or null.</summary>
    public long? PaddingIndex { get; }

    /// <inheritdoc/>
    protected internal override string Describe() => $"{Count}, {Size}" + (PaddingIndex is { } padding ? $", padding_idx={padding}" : "");
}
