using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>The family of <see cref="MeanFieldNormal"/>, with the parameters <c>mu</c> and <c>log_var</c>.</summary>
internal sealed class MeanFieldFamily : PosteriorFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, long[] Shape)> ParametersOf(long[] shape) =>
        [(WeightPosterior.MeanName, shape), (MeanFieldNormal.LogVarianceName, shape)];

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Start(Tensor mean, Tensor logVariance, NoiseSource noise) => [mean, logVariance];

    /// <inheritdoc/>
    public override WeightPosterior Of(IReadOnlyList<Tensor> parameters) => new MeanFieldNormal(parameters[0], parameters[1]);

    /// <inheritdoc/>
    public override string ToString() => nameof(MeanFieldNormal);
}
