using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>An estimator that draws fresh noise for every pass, to be trained through.</summary>
public abstract class SamplingEstimator : Estimator
{
    private readonly NoiseSource _source;

    /// <summary>An estimator of <paramref name="samples"/> draws.</summary>
    /// <param name="samples">S; at least 1.</param>
    /// <param name="noise">Where eps comes from; torch's global generator by default.</param>
    /// <param name="antithetic">
    /// Whether draws come in pairs of opposite noise, the second half of S that of the first: fewer numbers to draw, and what is odd in the
    /// noise cancels in a mean over the draws. Useful from S = 2 on; of an odd S one draw has no partner.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    protected SamplingEstimator(int samples, NoiseSource? noise, bool antithetic) : base(samples)
    {
        _source = noise ?? TorchNoise.Global;
        Antithetic = antithetic;
        Noise = antithetic && samples > 1 ? new AntitheticNoise(_source) : _source;
    }

    /// <summary>Where eps comes from, with the pairing where draws are antithetic.</summary>
    public NoiseSource Noise { get; }

    /// <inheritdoc/>
    internal override NoiseSource Source => _source;

    /// <summary>Whether draws come in pairs of opposite noise.</summary>
    public bool Antithetic { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{GetType().Name}(samples={Samples}{(Antithetic ? ", antithetic" : "")})";

    /// <summary>The same estimator with other settings.</summary>
    /// <inheritdoc cref="SamplingEstimator(int, NoiseSource?, bool)"/>
    protected abstract SamplingEstimator With(int samples, NoiseSource noise, bool antithetic);

    /// <inheritdoc/>
    public sealed override Estimator WithSamples(int samples) => samples == Samples ? this : With(samples, _source, Antithetic);

    /// <inheritdoc/>
    public sealed override Tensor StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device) =>
        Noise.StandardNormal([Samples, .. shape], dtype, device);

    /// <summary>Draws the weights, once in a pass, and returns the layer as a function of its input.</summary>
    /// <inheritdoc cref="Estimator.FixWeights"/>
    protected Func<Tensor, Tensor> DrawWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(map);
        // One draw needs no axis of draws on the weight: fewer and cheaper operations, which is what training at S = 1 is made of.
        if (Samples == 1)
        {
            Tensor single = pass.SingleWeight(weight, Noise);
            var singleBias = bias is null ? null : pass.SingleWeight(bias, Noise);
            return input => map.Apply(input, single, singleBias);
        }
        Tensor weights = pass.Weights(weight, Noise);
        var biases = bias is null ? null : pass.Weights(bias, Noise);
        return input => map.ApplyPerDraw(input, weights, biases);
    }
}
