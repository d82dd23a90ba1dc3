using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Maps;

/// <summary>
/// How an input meets a weight: a function linear in each of the two. Geometry only, no noise and no parameters, so every
/// estimator works with every map. Axis 0 of an input is the Monte Carlo axis, of size 1 (shared by all draws) or S.
/// </summary>
public abstract class BilinearMap
{
    /// <summary>The weight's shape, PyTorch's layout: <c>[out, in, …]</c>.</summary>
    public abstract IReadOnlyList<long> WeightShape { get; }

    /// <summary>The bias's shape: <c>[out]</c>.</summary>
    public abstract IReadOnlyList<long> BiasShape { get; }

    /// <summary>How many inputs meet in one output.</summary>
    public abstract long FanIn { get; }

    /// <summary>One weight for every row and draw.</summary>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="weight">Of <see cref="WeightShape"/>.</param>
    /// <param name="bias">Of <see cref="BiasShape"/>, or none.</param>
    /// <returns><c>[1|S, B, …]</c>: the Monte Carlo axis as it came.</returns>
    public abstract Tensor Apply(Tensor input, Tensor weight, Tensor? bias = null);

    /// <summary>A weight for each draw.</summary>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="weights"><c>[S, …WeightShape]</c>.</param>
    /// <param name="biases"><c>[S, …BiasShape]</c>, or none.</param>
    /// <returns><c>[S, B, …]</c>.</returns>
    public abstract Tensor ApplyPerDraw(Tensor input, Tensor weights, Tensor? biases = null);

    /// <summary>
    /// The variance of the output where the weights are independent with the given variances: L(x², sigma²), since each output is a
    /// sum of weights times inputs.
    /// </summary>
    /// <param name="input"><c>[1|S, B, …]</c>; indices, being ones and zeros written shorter, are their own squares.</param>
    /// <param name="variance">sigma² of the weight, of <see cref="WeightShape"/>.</param>
    /// <param name="biasVariance">sigma² of the bias, of <see cref="BiasShape"/>, or none.</param>
    /// <returns><c>[1|S, B, …]</c>: the Monte Carlo axis as it came.</returns>
    public virtual Tensor ApplyToVariance(Tensor input, Tensor variance, Tensor? biasVariance = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var squares = input.is_floating_point() ? input.mul(input) : input;
        return Apply(squares, variance, biasVariance).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The axis of the channels, of inputs <c>[S, B, …]</c> and outputs alike; negative numbers count from the end. Weights are
    /// shared over all other axes but the first two.
    /// </summary>
    public abstract int ChannelAxis { get; }

    /// <summary>
    /// Gets whether an input meets some rows of the weight, so that an estimator may draw these alone; false by default: the whole weight.
    /// </summary>
    internal virtual bool MeetsRows => false;

    /// <summary>Returns the rows of the weight that an input meets, if <see cref="MeetsRows"/>.</summary>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <returns>Distinct places on axis 0 of the weight in rising order, <c>[K]</c> of Int64; it belongs to the caller's dispose scope.</returns>
    internal virtual Tensor RowsOf(Tensor input) => throw MeetsAll();

    /// <summary>Computes <see cref="ApplyPerDraw"/> from the rows that <see cref="RowsOf"/> returned.</summary>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="rows"><c>[K]</c>.</param>
    /// <param name="weights">The weight's rows, <c>[S, K, …]</c>.</param>
    /// <param name="biases"><c>[S, …BiasShape]</c>, or null.</param>
    /// <returns><c>[S, B, …]</c>.</returns>
    internal virtual Tensor ApplyRowsPerDraw(Tensor input, Tensor rows, Tensor weights, Tensor? biases) =>
        throw MeetsAll();

    private NotSupportedException MeetsAll() => new($"An input of a {GetType().Name} meets the whole weight, and no rows alone.");

    /// <summary>Returns how many outputs of a row share each weight: the places of an image, the steps of a sequence; 1 where an output has only
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

    /// <summary>The element type of the inputs that meet weights of <paramref name="weightType"/>: mostly the same.</summary>
    public virtual ScalarType InputType(ScalarType weightType) => weightType;

    /// <summary>Whether an input of this shape is one example without an axis of the batch, as PyTorch's layers take it; no by default.</summary>
    public virtual bool IsSingleExample(ReadOnlySpan<long> shape) => false;

    /// <summary>Refuses an input that the map cannot take, before the native library meets it.</summary>
    /// <param name="shape">The shape without the Monte Carlo axis: <c>[B, …]</c>, as the user gave it.</param>
    /// <exception cref="ArgumentException">The shape does not fit; the message says what was expected.</exception>
    public abstract void CheckInput(ReadOnlySpan<long> shape);

    /// <summary>Refuses an input whose Monte Carlo axis is neither shared nor of <paramref name="draws"/>.</summary>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="draws">S.</param>
    /// <exception cref="ArgumentException">Axis 0 is of another size.</exception>
    protected internal static void CheckDraws(Tensor input, long draws)
    {
        long own = input.shape[0];
        if (own != 1 && own != draws)
            throw new ArgumentException(
                $"The input {Shapes.Describe(input.shape)} carries {own} draws on axis 0; expected 1 or {draws}.", nameof(input));
    }
}
