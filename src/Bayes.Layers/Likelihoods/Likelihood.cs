using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// p(y | f): how a target is spread around what the network says. Immutable: one likelihood may serve training and
/// prediction alike.
/// </summary>
public abstract class Likelihood
{
    /// <summary>
    /// What the likelihood learns along with the network, such as the size of the noise: <see cref="T:Bayes.Layers.ElboLoss"/> registers it as its child
    /// <c>likelihood</c>, so that the loss's parameters are to be optimized too. None by default.
    /// </summary>
    public virtual nn.Module? Parameters => null;

    /// <summary>The likelihood as it is now, which no later step of training changes; itself where it learns nothing.</summary>
    public virtual Likelihood Frozen() => this;

    /// <summary>log p(y | f) of each example, in nats, summed over the axes of one example.</summary>
    /// <param name="output">f: <c>[B, …]</c> of one pass or <c>[S, B, …]</c> of S passes.</param>
    /// <param name="target">y: <c>[B, …]</c>.</param>
    /// <returns><c>[B]</c> or <c>[S, B]</c>, differentiable in the output.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target is outside the likelihood's support.</exception>
    public abstract Tensor LogProbability(Tensor output, Tensor target);

    /// <summary>E[y | f], in the target's unit.</summary>
    /// <param name="output">f: <c>[…]</c>, with or without an axis of draws.</param>
    /// <returns>A new tensor, elementwise.</returns>
    public abstract Tensor Mean(Tensor output);

    /// <summary>Var[y | f], in the target's unit squared: the noise that more data would not take away.</summary>
    /// <param name="output">f: <c>[…]</c>, with or without an axis of draws.</param>
    /// <returns>A new tensor, elementwise.</returns>
    public abstract Tensor Variance(Tensor output);

    /// <summary>Names the likelihood with its settings: two of equal text are the same, and their predictions can be merged.</summary>
    public abstract override string ToString();

    /// <summary>
    /// The likelihood as text, with all that <see cref="Parameters"/> does not hold and without what it does: two of equal text are the same likelihood once
    /// their parameters are, and a checkpoint is loaded into no other. The text of <see cref="ToString"/> by default.
    /// </summary>
    protected internal virtual string Settings => ToString();

    /// <summary>The range of the size of the noise that is learned, in the target's unit; null if none is.</summary>
    internal virtual (double Minimum, double Maximum)? LearnedRange => null;

    /// <summary>Sums the log-probabilities of an example's elements: all axes after the leading ones.</summary>
    /// <param name="each">log p of every element: <c>[B, …]</c> or <c>[S, B, …]</c>.</param>
    /// <param name="leading">How many axes count examples and draws: <see cref="LeadingAxes"/>.</param>
    /// <returns>A new tensor <c>[B]</c> or <c>[S, B]</c>.</returns>
    protected static Tensor SumOverExample(Tensor each, int leading) => each.ndim > leading ? each.flatten(leading).sum(leading) : each.alias();

    /// <summary>For likelihoods whose target has the shape of one pass's output: checks the two, and gives the number of leading axes.</summary>
    /// <param name="output">f: <c>[B, …]</c> or <c>[S, B, …]</c>.</param>
    /// <param name="target">y: <c>[B, …]</c>.</param>
    /// <returns>1 without an axis of draws, and 2 with one.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    protected static int LeadingAxes(Tensor output, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(target);
        if (!output.is_floating_point())
            throw new ArgumentException($"The output is of type {output.dtype}; expected a floating-point type.", nameof(output));
        if (output.device_type != target.device_type || output.device_index != target.device_index)
            throw new ArgumentException($"The target is on {target.device} and the output on {output.device}; move one with .to(...).", nameof(target));
        long[] outputShape = output.shape, targetShape = target.shape;
        if (target.numel() == 0)
            throw new ArgumentException($"The target has shape {Shapes.Describe(targetShape)}, an empty batch; expected at least one example.", nameof(target));
        if (targetShape.Length > 0)
        {
            if (outputShape.AsSpan().SequenceEqual(targetShape))
                return 1;
            if (outputShape.Length == targetShape.Length + 1 && outputShape.AsSpan(1).SequenceEqual(targetShape) && outputShape[0] > 0)
                return 2;
        }
        throw new ArgumentException(
            $"The target has shape {Shapes.Describe(targetShape)} and the output {Shapes.Describe(outputShape)}; expected equal shapes "
            + "[batch, …], or an output [samples, batch, …] with the target's shape after its first axis.", nameof(target));
    }
}
