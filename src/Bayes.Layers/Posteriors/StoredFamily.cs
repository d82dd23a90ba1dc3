using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The family of <see cref="StoredWeights"/>, with the parameters <c>mu</c> and <c>draws</c>. From an initializer, the draws start as normal numbers
/// with mean mu; there is no training that moves them.
/// </summary>
internal sealed class StoredFamily : PosteriorFamily
{
    /// <summary>Creates a family.</summary>
    /// <param name="count">K, the number of draws; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public StoredFamily(int count) => Count = (int)Require.Positive(count);

    /// <summary>Gets K, the number of draws.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, long[] Shape)> ParametersOf(long[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return [(WeightPosterior.MeanName, shape), (StoredWeights.DrawsName, [Count, .. shape])];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Start(Tensor mean, Tensor logVariance, NoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        // K draws around their own mean have (K − 1) / K of the variance.
        using Scalar widening = Math.Sqrt(Count / Math.Max(1.0, Count - 1));
        var eps = noise.StandardNormal([Count, .. mean.shape], mean.dtype, mean.device);
        var centred = eps.add(eps.mean([0L]), Scalars.MinusOne).mul(widening);
        var draws = centred.mul(new MeanFieldNormal(mean, logVariance).Stddev()).add(mean, Scalars.One);
        return [mean, draws.MoveToOuterDisposeScope()];
    }

    /// <inheritdoc/>
    public override WeightPosterior Of(IReadOnlyList<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new StoredWeights(parameters[0], parameters[1]);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{nameof(StoredWeights)}(count={Count})");
}
