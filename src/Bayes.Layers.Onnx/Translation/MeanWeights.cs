using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>The means of posteriors, as <c>PosteriorMean</c> uses them.</summary>
internal sealed class MeanWeights : WeightSource
{
    /// <inheritdoc/>
    public override int Draws => 1;

    /// <inheritdoc/>
    public override ModelWeight Of(WeightPosterior posterior) => new(posterior.Mean, HasDraws: false, posterior.Mean);

    /// <inheritdoc/>
    public override WeightSource Within(WeightSpaceModule module) => this;

    /// <inheritdoc/>
    public override bool DropsUnits => false;

    /// <inheritdoc/>
    public override Tensor Masks(MonteCarloDropout module, long[] row) => ones([1, 1, .. row]);
}
