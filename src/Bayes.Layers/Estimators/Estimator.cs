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

    /// <summary>Where fresh noise comes from; null if the estimator draws none of its own.</summary>
    internal virtual NoiseSource? Source => null;

    /// <summary>Whether a pass can be trained through.</summary>
    public virtual bool CarriesGradient => true;

    /// <summary>
    /// Whether all rows of a batch, and all places of one row, see the same S functions; otherwise each row has noise of its own.
    /// </summary>
    public virtual bool RowsShareFunctions => true;

    /// <summary>The same estimator of another number of draws.</summary>
    /// <param name="samples">S; at least 1.</param>
    /// <exception cref="InvalidOperationException">The number of draws is part of what the estimator is.</exception>
    public virtual Estimator WithSamples(int samples) =>
        samples == Samples ? this : throw new InvalidOperationException($"{GetType().Name} is of {Samples} draws and cannot be asked for {samples}; make another.");

    /// <summary>
    /// N(0, 1) noise for a module that is random without a posterior, as dropout is: <c>[S, …shape]</c>, or null where nothing is random.
    /// </summary>
    /// <param name="owner">The module, a part of the model whose pass this is.</param>
    /// <param name="shape">The shape of one draw.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="device">The device that the tensor is to be on.</param>
    public abstract Tensor? StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device);

    /// <summary>Returns the estimator's name and its settings.</summary>
    public override string ToString() => $"{GetType().Name}(samples={Samples})";

    /// <summary>Says that a pass through <paramref name="model"/> begins.</summary>
    internal virtual void Begin(nn.Module model)
    {
    }

    /// <summary>Computes one layer's output, for a pass.</summary>
    internal Tensor Estimate(Pass pass, BilinearMap map, Tensor input, WeightPosterior weight, WeightPosterior? bias) =>
        EstimateOutput(pass, map, input, weight, bias);

    /// <summary>Returns one layer as a function of its input, for a pass.</summary>
    internal Func<Tensor, Tensor> Fix(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias) =>
        FixWeights(pass, map, weight, bias);

    /// <summary>Computes what <see cref="Pass.Estimate"/> returns, once its arguments are known to be sound; by default one use of fixed
    /// weights.</summary>
    /// <param name="pass">The pass; it holds the weights that were drawn in it.</param>
    /// <param name="map">The layer's map.</param>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="weight">The posterior of the weight.</param>
    /// <param name="bias">The posterior of the bias, or null.</param>
    /// <returns><c>[1|S, B, …]</c>; 1 only while nothing random has happened.</returns>
    protected virtual Tensor EstimateOutput(Pass pass, BilinearMap map, Tensor input, WeightPosterior weight, WeightPosterior? bias)
    {
        using var scope = NewDisposeScope();
        return FixWeights(pass, map, weight, bias)(input).MoveToOuterDisposeScope();
    }

    /// <summary>Computes what <see cref="Pass.Fix"/> returns, before the draws of the inputs are checked.</summary>
    /// <param name="pass">The pass; it holds the weights that were drawn in it. Draw weights with
    /// <see cref="Pass.Weights(WeightPosterior, NoiseSource)"/>.</param>
    /// <param name="map">The layer's map.</param>
    /// <param name="weight">The posterior of the weight.</param>
    /// <param name="bias">The posterior of the bias, or null.</param>
    /// <returns>A function from <c>[1|S, B, …]</c> to <c>[1|S, B, …]</c>.</returns>
    protected abstract Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias);
}
