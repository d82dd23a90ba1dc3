using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Draws S weights, w_s = mu + sigma · eps_s, and passes the input through each: Bayes by Backprop
/// (Blundell et al. 2015, "Weight Uncertainty in Neural Networks", §3.2, algorithm 1). All rows of a batch see the same S
/// functions, and the S passes are one vectorised call. No two draws share noise.
/// </summary>
/// <inheritdoc cref="SamplingEstimator(int, NoiseSource?, bool)" path="/param"/>
public sealed class Reparameterization(int samples = 1, NoiseSource? noise = null, bool antithetic = false)
    : SamplingEstimator(samples, noise, antithetic)
{
    /// <inheritdoc/>
    internal override bool TakesLeaves => true;

    /// <inheritdoc/>
    protected override SamplingEstimator With(int samples, NoiseSource noise, bool antithetic) => new Reparameterization(samples, noise, antithetic);

    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias) =>
        DrawWeights(pass, map, weight, bias);

    /// <inheritdoc/>
    internal override DrawnWeights? TryDraw(Pass pass, WeightPosterior weight, WeightPosterior? bias) => Draw(pass, weight, bias);

    /// <inheritdoc/>
    public override Tensor DrawWeights(Pass pass, WeightPosterior posterior)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return pass.Weights(posterior, Noise);
    }
}
