using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Decides how a pass through a network integrates over the posterior. An estimator belongs to the pass and not to the layer: a model can be trained
/// with one estimator and used with another. Of a layer it needs only the map and the posteriors.
/// </summary>
public abstract class Estimator
{
    /// <summary>Creates an estimator of <paramref name="samples"/> draws.</summary>
    /// <param name="samples">S; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    protected Estimator(int samples) => Samples = (int)Require.Positive(samples);

    /// <summary>Gets S, the number of Monte Carlo draws that a pass makes at once.</summary>
    public int Samples { get; }

    /// <summary>Gets the source of fresh noise, or null if the estimator draws none of its own.</summary>
    internal virtual NoiseSource? Source => null;

    /// <summary>Gets whether gradients flow through a pass.</summary>
    public virtual bool CarriesGradient => true;

    /// <summary>
    /// Gets whether all rows of a batch, and all places of one row, see the same S functions; otherwise each row has noise of its own.
    /// </summary>
    public virtual bool RowsShareFunctions => true;

    /// <summary>
    /// Gets whether the estimator asks its <see cref="Pass"/> for all that it uses of a posterior, so that <see cref="Pass.Leaves"/> can stand for
    /// it; false by default.
    /// </summary>
    internal virtual bool TakesLeaves => false;

    /// <summary>
    /// Gets whether a pass hands means and variances from module to module (<see cref="Pass.EstimateMoments"/>), and no values; false by default.
    /// </summary>
    internal virtual bool PropagatesMoments => false;

    /// <summary>Returns the same estimator with another number of draws.</summary>
    /// <param name="samples">S; at least 1.</param>
    /// <exception cref="InvalidOperationException">The number of draws of this estimator is fixed.</exception>
    public virtual Estimator WithSamples(int samples) =>
        samples == Samples
            ? this
            : throw new InvalidOperationException($"{GetType().Name} has {Samples} draws and cannot have {samples}; make another one.");

    /// <summary>
    /// Returns N(0, 1) noise for a module that is random without a posterior, such as dropout: <c>[S, …shape]</c>, or null if nothing is random.
    /// </summary>
    /// <param name="owner">The module, which is part of the model of this pass.</param>
    /// <param name="shape">The shape of one draw.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="device">The device of the noise.</param>
    public abstract Tensor? StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device);

    /// <summary>
    /// Returns the weights of a posterior in a pass, for a network whose layers have no map, so that it can only be run with drawn weights. Throws
    /// by default.
    /// </summary>
    /// <param name="pass">
    /// The pass, which holds the weights that were drawn in it. Draw weights with <see cref="Pass.Weights(WeightPosterior, NoiseSource)"/>.
    /// </param>
    /// <param name="posterior">The posterior.</param>
    /// <returns><c>[S, …shape]</c>, or null if every draw is the posterior's mean. The tensor belongs to the pass.</returns>
    /// <exception cref="NotSupportedException">The estimator needs the map of a layer.</exception>
    public virtual Tensor? DrawWeights(Pass pass, WeightPosterior posterior) =>
        throw new NotSupportedException(
            $"{GetType().Name} needs the map of a layer, which a network with a forward of its own does not show; use {nameof(Reparameterization)}.");

    /// <summary>Returns the estimator's name and its settings.</summary>
    public override string ToString() => $"{GetType().Name}(samples={Samples})";

    /// <summary>Prepares for a pass through <paramref name="model"/>.</summary>
    internal virtual void Begin(nn.Module model)
    {
    }

    /// <summary>Computes the output of one layer for a pass.</summary>
    internal Tensor Estimate(Pass pass, BilinearMap map, Tensor input, WeightPosterior weight, WeightPosterior? bias) =>
        EstimateOutput(pass, map, input, weight, bias);

    /// <summary>Returns one layer as a function of its input for a pass.</summary>
    internal Func<Tensor, Tensor> Fix(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias) =>
        FixWeights(pass, map, weight, bias);

    /// <summary>
    /// Returns the weights with which <see cref="FixWeights"/> makes its function; null, the default, if the function is not that of weights which
    /// all rows share.
    /// </summary>
    internal virtual DrawnWeights? TryDraw(Pass pass, WeightPosterior weight, WeightPosterior? bias) => null;

    /// <summary>Computes the result of <see cref="Pass.Estimate"/>, whose arguments have been checked; by default one use of fixed
    /// weights.</summary>
    /// <param name="pass">The pass, which holds the weights that were drawn in it.</param>
    /// <param name="map">The layer's map.</param>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="weight">The posterior of the weight.</param>
    /// <param name="bias">The posterior of the bias, or null.</param>
    /// <returns><c>[1|S, B, …]</c>, 1 only if nothing has been random so far.</returns>
    protected virtual Tensor EstimateOutput(Pass pass, BilinearMap map, Tensor input, WeightPosterior weight, WeightPosterior? bias)
    {
        using var scope = NewDisposeScope();
        return FixWeights(pass, map, weight, bias)(input).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the function of <see cref="Pass.Fix"/>, before the draws of the inputs are checked.</summary>
    /// <param name="pass">
    /// The pass, which holds the weights that were drawn in it. Draw weights with <see cref="Pass.Weights(WeightPosterior, NoiseSource)"/>.
    /// </param>
    /// <param name="map">The layer's map.</param>
    /// <param name="weight">The posterior of the weight.</param>
    /// <param name="bias">The posterior of the bias, or null.</param>
    /// <returns>A function from <c>[1|S, B, …]</c> to <c>[1|S, B, …]</c>.</returns>
    protected abstract Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias);
}
