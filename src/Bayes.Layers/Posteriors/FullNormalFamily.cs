using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The family of <see cref="FullNormal"/>, with the parameters <c>mu</c> and <c>factor</c>. It starts from independent weights, with the standard
/// deviations of the initializer.
/// </summary>
public sealed class FullNormalFamily : PosteriorFamily
{
    /// <summary>Creates a family.</summary>
    /// <param name="noiseCount">The count of numbers that a draw is computed from, at least that of the weights; that of the weights by
    /// default.</param>
    /// <param name="sharedName">The name under which the posteriors of several tensors share the numbers, so that all their weights depend on each
    /// other; null if they do not.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="noiseCount"/> is below 1.</exception>
    public FullNormalFamily(int? noiseCount = null, string? sharedName = null)
    {
        NoiseCount = noiseCount is { } given ? (int)Require.Positive(given, nameof(noiseCount)) : null;
        SharedName = sharedName;
    }

    /// <summary>Gets the count of numbers that a draw is computed from; null for that of the weights.</summary>
    public int? NoiseCount { get; }

    /// <summary>Gets the name under which the posteriors of several tensors share the numbers, or null.</summary>
    public string? SharedName { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, long[] Shape)> ParametersOf(long[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return [(WeightPosterior.MeanName, shape), (FullNormal.FactorName, [CountFor(shape), .. shape])];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Start(Tensor mean, Tensor logVariance, NoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(mean);
        using var scope = NewDisposeScope();
        long weights = mean.numel(), count = CountFor(mean.shape);
        if (count < weights)
            throw new ArgumentException($"noiseCount is {count}; expected at least {weights}, the number of weights.", nameof(mean));
        var stddevs = new MeanFieldNormal(mean, logVariance).Stddev().flatten().diag();
        var padded = count == weights ? stddevs : cat([stddevs, zeros(count - weights, weights, mean.dtype, mean.device)], 0);
        return [mean, padded.reshape([count, .. mean.shape]).MoveToOuterDisposeScope()];
    }

    /// <inheritdoc/>
    public override WeightPosterior Of(IReadOnlyList<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new FullNormal(parameters[0], parameters[1], SharedName);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string[] settings =
        [
            .. NoiseCount is { } count ? [FormattableString.Invariant($"noiseCount={count}")] : Array.Empty<string>(),
            .. SharedName is { } name ? [$"sharedName={name}"] : Array.Empty<string>(),
        ];
        return $"{nameof(FullNormal)}({string.Join(", ", settings)})";
    }

    private long CountFor(long[] shape) => NoiseCount ?? shape.Aggregate(1L, (count, size) => count * size);
}
