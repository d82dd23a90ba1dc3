using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Maps;

/// <summary>
/// A function of an input and a weight that is linear in each. It has neither noise nor parameters, so every estimator works with every map. Axis 0
/// of an input is the Monte Carlo axis, of size 1 (shared by all draws) or S.
/// </summary>
public abstract class BilinearMap
{
    /// <summary>Gets the weight's shape in PyTorch's layout, <c>[out, in, …]</c>.</summary>
    public abstract IReadOnlyList<long> WeightShape { get; }

    /// <summary>Gets the bias's shape, <c>[out]</c>.</summary>
    public abstract IReadOnlyList<long> BiasShape { get; }

    /// <summary>Gets the number of inputs that contribute to one output.</summary>
    public abstract long FanIn { get; }

    /// <summary>Applies one weight to all rows and draws.</summary>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="weight">The weight, of <see cref="WeightShape"/>.</param>
    /// <param name="bias">The bias, of <see cref="BiasShape"/>, or null.</param>
    /// <returns><c>[1|S, B, …]</c>, with the Monte Carlo axis of the input.</returns>
    public abstract Tensor Apply(Tensor input, Tensor weight, Tensor? bias = null);

    /// <summary>Applies a separate weight to each draw.</summary>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="weights"><c>[S, …WeightShape]</c>.</param>
    /// <param name="biases"><c>[S, …BiasShape]</c>, or null.</param>
    /// <returns><c>[S, B, …]</c>.</returns>
    public abstract Tensor ApplyPerDraw(Tensor input, Tensor weights, Tensor? biases = null);

    /// <summary>
    /// Returns the variance of the output if the weights are independent with the given variances: L(x², sigma²), because each output is a sum of
    /// weights times inputs.
    /// </summary>
    /// <param name="input"><c>[1|S, B, …]</c>; indices, which represent ones and zeros, are their own squares.</param>
    /// <param name="variance">sigma² of the weight, of <see cref="WeightShape"/>.</param>
    /// <param name="biasVariance">sigma² of the bias, of <see cref="BiasShape"/>, or null.</param>
    /// <returns><c>[1|S, B, …]</c>, with the Monte Carlo axis of the input.</returns>
    public virtual Tensor ApplyToVariance(Tensor input, Tensor variance, Tensor? biasVariance = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var squares = input.is_floating_point() ? input.mul(input) : input;
        return Apply(squares, variance, biasVariance).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Gets the axis of the channels in inputs <c>[S, B, …]</c> and in outputs; negative numbers count from the end. Weights are shared over all
    /// other axes except the first two.
    /// </summary>
    public abstract int ChannelAxis { get; }

    /// <summary>Gets whether rows of features <c>[1|S, B, in]</c> meet the weight in a product of matrices, x Wᵀ; false by default.</summary>
    internal virtual bool IsMatrixProduct => false;

    /// <summary>
    /// Gets whether an input uses only some rows of the weight, so an estimator may draw only these; false by default.
    /// </summary>
    internal virtual bool UsesRows => false;

    /// <summary>Returns the rows of the weight that an input uses, if <see cref="UsesRows"/>.</summary>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <returns>Distinct indices on axis 0 of the weight in ascending order, <c>[K]</c> of Int64; it belongs to the caller's dispose
    /// scope.</returns>
    internal virtual Tensor RowsOf(Tensor input) => throw UsesWholeWeight();

    /// <summary>Computes <see cref="ApplyPerDraw"/> from the rows that <see cref="RowsOf"/> returned.</summary>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="rows"><c>[K]</c>.</param>
    /// <param name="weights">The weight's rows, <c>[S, K, …]</c>.</param>
    /// <param name="biases"><c>[S, …BiasShape]</c>, or null.</param>
    /// <returns><c>[S, B, …]</c>.</returns>
    internal virtual Tensor ApplyRowsPerDraw(Tensor input, Tensor rows, Tensor weights, Tensor? biases) =>
        throw UsesWholeWeight();

    /// <summary>
    /// Determines whether one pass with a weight for each row is faster than two passes with weights that all rows share; false by default.
    /// </summary>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="draws">S.</param>
    internal virtual bool PrefersRowWeights(Tensor input, int draws) => false;

    /// <summary>Gets the number of rows whose weights fit into the cache together, at least 1.</summary>
    internal virtual long RowWeightsAtOnce => 1;

    /// <summary>Applies a separate weight to each row, if <see cref="PrefersRowWeights"/>.</summary>
    /// <param name="input"><c>[1, B, …]</c>.</param>
    /// <param name="weights"><c>[B, …WeightShape]</c>.</param>
    /// <param name="biases"><c>[B, …BiasShape]</c>, or null.</param>
    /// <returns><c>[1, B, …]</c>.</returns>
    internal virtual Tensor ApplyPerRow(Tensor input, Tensor weights, Tensor? biases) =>
        throw new NotSupportedException($"The rows of a {GetType().Name} share a weight; expected a map that prefers a weight for each row.");

    private NotSupportedException UsesWholeWeight() => new($"An input of a {GetType().Name} uses the whole weight; expected a map that uses rows.");

    /// <summary>Returns how many outputs of a row share each weight: the places of an image or the steps of a sequence; 1 if an output has only
    /// channels.</summary>
    /// <param name="output">The shape of an output, <c>[1|S, B, …]</c>.</param>
    internal long PlacesOf(ReadOnlySpan<long> output)
    {
        int channels = ChannelAxis < 0 ? output.Length + ChannelAxis : ChannelAxis;
        long places = 1;
        for (int axis = 2; axis < output.Length; axis++)
            if (axis != channels)
                places *= output[axis];
        return places;
    }

    /// <summary>Returns the element type of inputs for weights of <paramref name="weightType"/>; the same by default.</summary>
    public virtual ScalarType InputType(ScalarType weightType) => weightType;

    /// <summary>
    /// Determines whether an input of this shape is one example without a batch axis, which PyTorch's layers accept; false by default.
    /// </summary>
    public virtual bool IsSingleExample(ReadOnlySpan<long> shape) => false;

    /// <summary>Refuses an input that does not fit the map, before it reaches the native library.</summary>
    /// <param name="shape">The user's shape, without the Monte Carlo axis: <c>[B, …]</c>.</param>
    /// <exception cref="ArgumentException">The shape does not fit; the message states the expected one.</exception>
    public abstract void CheckInput(ReadOnlySpan<long> shape);

    /// <summary>Refuses an input whose Monte Carlo axis has neither size 1 nor size <paramref name="draws"/>.</summary>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="draws">S.</param>
    /// <exception cref="ArgumentException">Axis 0 has another size.</exception>
    protected internal static void CheckDraws(Tensor input, long draws)
    {
        long own = input.shape[0];
        if (own != 1 && own != draws)
            throw new ArgumentException(
                $"The input has shape {Shapes.Describe(input.shape)}, so {own} draws on axis 0; expected 1 or {draws}.", nameof(input));
    }
}
