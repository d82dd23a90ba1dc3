using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The family of <see cref="SwagNormal"/>, with the parameters <c>mu</c>, <c>log_var</c> and <c>factor</c>. <c>Swag</c> computes them from the
/// weights of a training; they start as those of <see cref="LowRankFamily"/>.
/// </summary>
internal sealed class SwagFamily : PosteriorFamily
{
    private readonly LowRankFamily _ofOneTensor;

    /// <summary>Creates a family.</summary>
    /// <param name="rank">The number of directions that the weights of all tensors share; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rank"/> is below 1.</exception>
    public SwagFamily(int rank) => _ofOneTensor = new LowRankFamily((int)Require.Positive(rank));

    /// <summary>Gets the number of directions that the weights of all tensors share.</summary>
    public int Rank => _ofOneTensor.Rank;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, long[] Shape)> ParametersOf(long[] shape) => _ofOneTensor.ParametersOf(shape);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Start(Tensor mean, Tensor logVariance, NoiseSource noise) =>
        _ofOneTensor.Start(mean, logVariance, noise);

    /// <inheritdoc/>
    public override WeightPosterior Of(IReadOnlyList<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new SwagNormal(parameters[0], parameters[1], parameters[2]);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{nameof(SwagNormal)}(rank={Rank})");
}
