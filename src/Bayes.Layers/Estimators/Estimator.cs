using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// How one pass through a network integrates over the posterior. It belongs to the pass, not to the layer: the same model
/// can be trained with one estimator and used with another. It needs of a layer only its map and its posteriors.
/// </summary>
public abstract class Estimator
{
    /// <summary>An estimator of <paramref name="samples"/> draws.</summary>
    /// <param name="samples">S; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    protected Estimator(int samples) => Samples = (int)Require.Positive(samples);

    /// <summary>S, the number of Monte Carlo draws that a pass makes at once.</summary>
    public int Samples { get; }

    /// <summary>Whether a pass can be trained through.</summary>
    public virtual bool CarriesGradient => true;

    /// <summary>One layer's output.</summary>
    /// <param name="map">The layer's map.</param>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="weight">The posterior of the weight.</param>
    /// <param name="bias">The posterior of the bias, or none.</param>
    /// <returns><c>[1|S, B, …]</c>; 1 only where nothing random has happened yet.</returns>
    /// <exception cref="ArgumentException">Axis 0 of the input is neither 1 nor S.</exception>
    public Tensor Estimate(BilinearMap map, Tensor input, MeanFieldNormal weight, MeanFieldNormal? bias)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        BilinearMap.CheckDraws(input, Samples);
        return EstimateOutput(map, input, weight, bias);
    }

    /// <summary>Says that a pass through <paramref name="model"/> begins.</summary>
    internal virtual void Begin(nn.Module model)
    {
    }

    /// <summary>What <see cref="Estimate"/> returns, once its arguments are known to be sound.</summary>
    /// <inheritdoc cref="Estimate"/>
    protected abstract Tensor EstimateOutput(BilinearMap map, Tensor input, MeanFieldNormal weight, MeanFieldNormal? bias);
}
