using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Draws one deviation dw = sigma · eps for each of S draws, and flips its signs for every row: L(x, mu) + r ∘ L(x ∘ s, dw), with random signs s of
/// the input's channels and r of the output's (Wen et al. 2018, "Flipout: Efficient Pseudo-Independent Weight Perturbations on Mini-Batches", §3.2,
/// equation 4). A normal deviation keeps its distribution if its sign flips, so each row sees weights of the posterior, and the errors of the rows
/// are uncorrelated: gradients of low variance for any map, at the cost of two passes.
/// </summary>
/// <remarks>
/// Signs are ±1, one for each (draw, row, channel), the same at every place of an image and every step of a sequence. The deviation of the bias
/// flips with the outputs. Inputs that are indices have no signs; then only the outputs have.
/// <para>Signs that differ by channel are right for independent weights. The part of a <see cref="LowRankNormal"/> along directions that all weights
/// share has one sign for each (draw, row). Weights of a posterior without <see cref="WeightPosterior.Parts"/>, and weights that a pass uses more
/// than once, are drawn as by <see cref="Reparameterization"/>.</para>
/// </remarks>
/// <inheritdoc cref="SamplingEstimator(int, NoiseSource?, bool)" path="/param"/>
public sealed class Flipout(int samples = 1, NoiseSource? noise = null, bool antithetic = false)
    : SamplingEstimator(samples, noise, antithetic)
{
    /// <inheritdoc/>
    public override bool RowsShareFunctions => false;

    /// <inheritdoc/>
    internal override bool TakesLeaves => true;

    /// <inheritdoc/>
    protected override SamplingEstimator With(int samples, NoiseSource noise, bool antithetic) => new Flipout(samples, noise, antithetic);

    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(weight);
        using var partsScope = NewDisposeScope();
        if (weight.Parts is null || bias is { Parts: null } || !pass.TryUseOnce(weight, bias))
            return DrawWeights(pass, map, weight, bias);
        return new RowDeviations(pass, map, weight, bias, Noise).Apply;
    }
}
