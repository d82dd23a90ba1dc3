using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The family of <see cref="LowRankNormal"/>, with the parameters <c>mu</c>, <c>log_var</c> and <c>factor</c>. The initializer gives the first two.
/// The directions start as random numbers of a tenth of sigma, because at 0 their gradient would be 0 on average.
/// </summary>
/// <example>
/// <c>new BayesianLinear(8, 1, initializer: new FanInInitializer(gain: 1) { Family = new LowRankFamily(rank: 2) })</c>
/// </example>
public sealed class LowRankFamily : PosteriorFamily
{
    private static readonly Scalar StartShare = 0.1;

    /// <summary>Creates a family.</summary>
    /// <param name="rank">Number of directions that the weights of a tensor share; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rank"/> is below 1.</exception>
    public LowRankFamily(int rank) => Rank = (int)Require.Positive(rank);

    /// <summary>Gets the number of directions that the weights of a tensor share.</summary>
    public int Rank { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, long[] Shape)> ParametersOf(long[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return [.. MeanField.ParametersOf(shape), (LowRankNormal.FactorName, [Rank, .. shape])];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Start(Tensor mean, Tensor logVariance, NoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        var stddev = new MeanFieldNormal(mean, logVariance).Stddev();
        var factor = noise.StandardNormal([Rank, .. mean.shape], mean.dtype, mean.device).mul(stddev).mul(StartShare);
        return [mean, logVariance, factor.MoveToOuterDisposeScope()];
    }

    /// <inheritdoc/>
    public override WeightPosterior Of(IReadOnlyList<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new LowRankNormal(parameters[0], parameters[1], parameters[2]);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{nameof(LowRankNormal)}(rank={Rank})");
}
