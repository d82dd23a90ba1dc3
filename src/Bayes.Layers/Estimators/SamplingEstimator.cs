using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>An estimator that draws fresh noise for every pass, for training.</summary>
public abstract class SamplingEstimator : Estimator
{
    private readonly NoiseSource _source;

    /// <summary>Creates an estimator of <paramref name="samples"/> draws.</summary>
    /// <param name="samples">S; at least 1.</param>
    /// <param name="noise">The source of eps; torch's global generator by default.</param>
    /// <param name="antithetic">
    /// Whether draws come in pairs of opposite noise, the second half of S opposite to the first: fewer numbers are drawn, and terms that are odd in
    /// the noise cancel in a mean over the draws. Useful from S = 2 on; if S is odd, one draw has no partner.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    protected SamplingEstimator(int samples, NoiseSource? noise, bool antithetic) : base(samples)
    {
        _source = noise ?? TorchNoise.Global;
        Antithetic = antithetic;
        Noise = antithetic && samples > 1 ? new AntitheticNoise(_source) : _source;
    }

    /// <summary>Gets the source of eps, with pairs of opposite noise if draws are antithetic.</summary>
    public NoiseSource Noise { get; }

    /// <inheritdoc/>
    internal override NoiseSource Source => _source;

    /// <summary>Gets whether draws come in pairs of opposite noise.</summary>
    public bool Antithetic { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{GetType().Name}(samples={Samples}{(Antithetic ? ", antithetic" : "")})";

    /// <summary>Creates the same estimator with other settings.</summary>
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
        return Draw(pass, weight, bias).With(map);
    }

    /// <summary>Draws the weights, once in a pass.</summary>
    private protected DrawnWeights Draw(Pass pass, WeightPosterior weight, WeightPosterior? bias)
    {
        // One draw needs no axis of draws on the weight: training at S = 1 takes fewer and cheaper operations.
        bool arePerDraw = Samples > 1;
        return new(Drawn(weight), bias is null ? null : Drawn(bias), arePerDraw);

        Tensor Drawn(WeightPosterior posterior) => arePerDraw ? pass.Weights(posterior, Noise) : pass.SingleWeight(posterior, Noise);
    }
}
