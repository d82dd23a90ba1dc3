using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The family of <see cref="BatchEnsembleWeights"/>. A tensor of several axes has the parameters <c>mu</c>, <c>output_scale</c> and
/// <c>input_scale</c>, whose scales start at N(1, spread²); a tensor of one axis has <c>mu</c> and <c>offset</c>, which starts at 0.
/// </summary>
internal sealed class BatchEnsembleFamily : PosteriorFamily
{
    /// <summary>Creates a family.</summary>
    /// <param name="members">M, the number of members; at least 1.</param>
    /// <param name="spread">The standard deviation of the scales at the start; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public BatchEnsembleFamily(int members, double spread) =>
        (Members, Spread) = ((int)Require.Positive(members), Require.NonNegativeAndFinite(spread));

    /// <summary>Gets M, the number of members.</summary>
    public int Members { get; }

    /// <summary>Gets the standard deviation of the scales at the start.</summary>
    public double Spread { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, long[] Shape)> ParametersOf(long[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return shape.Length < 2
            ? [(WeightPosterior.MeanName, shape), (BatchEnsembleWeights.OffsetName, [Members, .. shape])]
            : [(WeightPosterior.MeanName, shape), (BatchEnsembleWeights.OutputScaleName, [Members, shape[0]]),
                (BatchEnsembleWeights.InputScaleName, [Members, shape[1]])];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Start(Tensor mean, Tensor logVariance, NoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        using Scalar spread = Spread;
        return mean.ndim < 2
            ? [mean, zeros([Members, .. mean.shape], mean.dtype, mean.device).MoveToOuterDisposeScope()]
            : [mean, Scales(mean.shape[0]), Scales(mean.shape[1])];

        Tensor Scales(long size) =>
            noise.StandardNormal([Members, size], mean.dtype, mean.device).mul(spread).add(Scalars.One, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override WeightPosterior Of(IReadOnlyList<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new BatchEnsembleWeights(parameters[0], parameters.Count > 2 ? parameters[1] : null, parameters[^1]);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{nameof(BatchEnsembleWeights)}(members={Members}, spread={Spread})");
}
