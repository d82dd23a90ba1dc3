using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Draws outputs instead of weights: an output is a sum of independent normal weights times inputs, so it is normal itself with mean
/// L(x, mu) and variance L(x², sigma²), and L(x, mu) + √L(x², sigma²) · eps has that distribution
/// (Kingma, Salimans &amp; Welling 2015, "Variational Dropout and the Local Reparameterization Trick", §2.2, equation 6). Noise is
/// drawn for every output of every row, so the errors of a batch's rows average out: gradients of far lower variance
/// than <see cref="Reparameterization"/> at two passes, whatever S.
/// </summary>
/// <remarks>
/// Each output alone is distributed as with <see cref="Reparameterization"/>; rows of a batch, and places of a convolution, are
/// independent of each other, where they would share a function. Predict with functions (<c>MonteCarloPredictive</c>) where that
/// matters, as for a map over a grid. Weights that are used more than once in a pass, as a recurrent layer's, cannot be
/// integrated out one use at a time: they are drawn, as <see cref="Reparameterization"/> does.
/// </remarks>
/// <inheritdoc cref="SamplingEstimator(int, NoiseSource?, bool)" path="/param"/>
public sealed class LocalReparameterization(int samples = 1, NoiseSource? noise = null, bool antithetic = false)
    : SamplingEstimator(samples, noise, antithetic)
{
    /// <inheritdoc/>
    public override bool RowsShareFunctions => false;

    /// <inheritdoc/>
    protected override SamplingEstimator With(int samples, NoiseSource noise, bool antithetic) => new LocalReparameterization(samples, noise, antithetic);

    /// <inheritdoc/>
    protected override Tensor EstimateOutput(BilinearMap map, Tensor input, MeanFieldNormal weight, MeanFieldNormal? bias)
    {
        using var scope = NewDisposeScope();
        var mean = map.Apply(input, weight.Mean, bias?.Mean);
        var variance = map.ApplyToVariance(input, weight.Variance(), bias?.Variance());
        // The root has no finite gradient at 0, where a row of zeros puts it.
        var stddev = variance.clamp_min(mean.dtype.SmallestVariance()).sqrt();
        var epsilon = Noise.StandardNormal([Samples, .. mean.shape[1..]], mean.dtype, mean.device);
        return addcmul(mean, stddev, epsilon, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(BilinearMap map, MeanFieldNormal weight, MeanFieldNormal? bias) =>
        new Reparameterization(Samples, Noise).Fix(map, weight, bias);
}
