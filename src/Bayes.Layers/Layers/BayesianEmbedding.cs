using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A table with a vector for each symbol, whose numbers are distributions: indices <c>[B, …]</c> of Int64 → <c>[B, …, size]</c>. The weight is
/// <c>[count, size]</c>, as in PyTorch.
/// </summary>
/// <remarks>
/// The vector of a <see cref="PaddingIndex"/> is 0 in every draw. It is a constant and not a random variable, so the weight has no row for it: its
/// shape is <c>[count − 1, size]</c>, and the rows after it are one place earlier.
/// </remarks>
public sealed class BayesianEmbedding : BayesianLayer
{
    /// <summary>Creates a layer of <paramref name="count"/> vectors.</summary>
    /// <param name="count">Number of symbols, whose indices are 0 to count − 1; at least 1.</param>
    /// <param name="size">The length of a vector; at least 1.</param>
    /// <param name="prior">The prior of the weight; N(0, 1) by default.</param>
    /// <param name="initializer">
    /// How the posterior starts; <see cref="FanInInitializer"/> of gain 1 by default: mu ~ N(0, 1 / fan-in), sigma a tenth of that spread.
    /// </param>
    /// <param name="device">The device of the parameters; torch's default device by default.</param>
    /// <param name="dtype">The element type of the parameters; torch's default type by default.</param>
    /// <param name="paddingIndex">The index whose vector stays 0, from 0 to count − 1, or null. It requires a count of at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or the padding index is outside its range.</exception>
    /// <exception cref="ArgumentException">The device is not available, or the type is not floating-point.</exception>
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

    /// <summary>Gets the number of symbols.</summary>
    public long Count { get; }

    /// <summary>Gets the length of a vector.</summary>
    public long Size { get; }

    /// <summary>Gets the index whose vector stays 0, or null.</summary>
    public long? PaddingIndex { get; }

    /// <inheritdoc/>
    protected internal override string Describe() => $"{Count}, {Size}" + (PaddingIndex is { } padding ? $", padding_idx={padding}" : "");
}
