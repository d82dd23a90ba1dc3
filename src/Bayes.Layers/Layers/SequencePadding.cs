using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>The padding of a batch of sequences that are filled up to one length.</summary>
/// <remarks>Its tensors belong to the dispose scope in which it is created.</remarks>
internal sealed class SequencePadding
{
    // [1, B, T, 1]: true past a sequence's end.
    private readonly Tensor _isPadding;
    private readonly Tensor[] _isStep;

    /// <summary>Creates the padding for given lengths.</summary>
    /// <param name="lengths"><c>[B]</c> of Int64, each from 1 to T.</param>
    /// <param name="input"><c>[1|S, B, T, in]</c>.</param>
    /// <exception cref="ArgumentException">There is not one length for each row, or a length is outside its range.</exception>
    public SequencePadding(Tensor lengths, Tensor input)
    {
        long batch = input.shape[1], steps = input.shape[2];
        if (lengths.dtype != ScalarType.Int64 || lengths.ndim != 1 || lengths.shape[0] != batch)
            throw new ArgumentException(
                $"The lengths are of type {lengths.dtype} and shape {Shapes.Describe(lengths.shape)}; "
                + $"expected Int64 [{batch}], one for each sequence.", nameof(lengths));
        var (minimum, maximum) = lengths.aminmax();
        long shortest = minimum.ReadInt64(), longest = maximum.ReadInt64();
        if (shortest < 1 || longest > steps)
            throw new ArgumentException(
                $"A length is {(shortest < 1 ? shortest : longest)}; expected 1 to {steps}, the number of steps of the input.", nameof(lengths));
        _isPadding = arange(steps, ScalarType.Int64, input.device).unsqueeze(0).ge(lengths.to(input.device).unsqueeze(1)).unsqueeze(0).unsqueeze(-1);
        _isStep = _isPadding.logical_not().unbind(2);
    }

    /// <summary>Returns a sequence of values, <c>[1|S, B, T, …]</c>, with zeros past the ends, where the gradient is zero too.</summary>
    public Tensor Clear(Tensor values) => values.masked_fill(_isPadding, Scalars.Zero);

    /// <summary>Returns the next state for the sequences that have this step, and the state before for the others.</summary>
    /// <param name="place">Zero-based index of the step.</param>
    /// <param name="next">The state after the step.</param>
    /// <param name="before">The state before it; a null cell is zero.</param>
    public RecurrentState Keep(long place, RecurrentState next, RecurrentState before)
    {
        var isStep = _isStep[place];
        var cell = next.Cell is not { } value ? null : before.Cell is { } old ? where(isStep, value, old) : value.mul(isStep);
        return new RecurrentState(where(isStep, next.Hidden, before.Hidden), cell);
    }
}
