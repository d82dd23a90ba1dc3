using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Uses the posterior's mean as the weight: the deterministic mode. The output is that of the plain network with weights mu, which is not the mean
/// of the outputs if the network is nonlinear.
/// </summary>
public sealed class PosteriorMean : Estimator
{
    private PosteriorMean() : base(samples: 1)
    {
    }

    /// <summary>Gets the only instance, which has no state.</summary>
    public static PosteriorMean Instance { get; } = new();

    /// <summary>Returns this estimator: any number of draws would be the same.</summary>
    /// <inheritdoc/>
    public override Estimator WithSamples(int samples)
    {
        Require.Positive(samples);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(PosteriorMean);

    /// <summary>Returns null: nothing is random.</summary>
    /// <inheritdoc/>
    public override Tensor? StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device) => null;

    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias) =>
        Means(weight, bias).With(map);

    /// <inheritdoc/>
    internal override DrawnWeights? TryDraw(Pass pass, WeightPosterior weight, WeightPosterior? bias) => Means(weight, bias);

    private static DrawnWeights Means(WeightPosterior weight, WeightPosterior? bias) => new(weight.Mean, bias?.Mean, ArePerDraw: false);

    /// <summary>Returns null: every draw is the mean.</summary>
    /// <inheritdoc/>
    public override Tensor? DrawWeights(Pass pass, WeightPosterior posterior) => null;
}
