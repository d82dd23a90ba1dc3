using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// The axis of an output that holds the numbers of one place, such as the logits of its classes. The user names it; it is never inferred from
/// sizes, which may coincide. It is counted from the last axis, because an axis of draws in front must not move it. If it is not named, it is the
/// last axis, and an example must have only one (decision 29). Immutable.
/// </summary>
internal sealed class ChannelAxis
{
    private const int Last = -1;

    private readonly string _option;
    private readonly string _channels;

    /// <summary>Creates an axis.</summary>
    /// <param name="named">The axis, below 0; null if the user named no axis.</param>
    /// <param name="option">The name of the option that names it.</param>
    /// <param name="channels">The name of its elements, in the plural.</param>
    /// <exception cref="ArgumentOutOfRangeException">The axis is not below 0.</exception>
    public ChannelAxis(int? named, string option, string channels)
    {
        if (named >= 0)
            throw new ArgumentOutOfRangeException(
                option, named,
                $"{option} is {named}; expected a number below 0, counted from the last axis: -3 for [batch, {channels}, height, width], -2 for "
                + $"[batch, {channels}, length], -1 for [batch, length, {channels}].");
        (Named, _option, _channels) = (named, option, channels);
    }

    /// <summary>Gets the axis that the user named, or null.</summary>
    public int? Named { get; }

    /// <summary>Gets the axis, below 0.</summary>
    public int Index => Named ?? Last;

    /// <summary>Gets whether it is the last axis, that of outputs <c>[B, channels]</c>.</summary>
    public bool IsLast => Index == Last;

    /// <summary>Refuses an output that does not have this axis after its first one.</summary>
    /// <exception cref="ArgumentException">The output has too few axes.</exception>
    public void RequireIn(Tensor output)
    {
        Require.Output(output);
        if (Named is not null && output.ndim <= -Index)
            throw TooFewAxes(output);
    }

    /// <summary>Refuses an output whose examples have too few axes, or several axes if the user named none.</summary>
    /// <param name="output">f: <c>[B, …]</c> or <c>[S, B, …]</c>.</param>
    /// <param name="leading">The number of axes that count examples and draws.</param>
    /// <exception cref="ArgumentException">The output has too few axes, or the axis must be named.</exception>
    public void RequireIn(Tensor output, int leading)
    {
        long own = output.ndim - leading;
        if (Named is not null && own < -Index)
            throw TooFewAxes(output);
        if (Named is null && own > 1)
            throw new ArgumentException(
                $"The output has shape {Shapes.Describe(output.shape)}, in which an example has {own} axes; name the axis of the {_channels}: "
                + $"{_option}: -{own} if it follows the batch, as in PyTorch, or {_option}: -1 if it is the last.", nameof(output));
    }

    /// <summary>Reshapes a vector with one number for each channel to broadcast along the axis.</summary>
    public Tensor Broadcast(Tensor perChannel) => perChannel.reshape([-1, .. Enumerable.Repeat(1L, -Index - 1)]);

    /// <summary>Returns the option as text, to be appended to other settings; empty if the user named no axis.</summary>
    public override string ToString() => Named is null ? "" : FormattableString.Invariant($"{_option}={Named}");

    private ArgumentException TooFewAxes(Tensor output) => new(
        $"The output has shape {Shapes.Describe(output.shape)} and {_option} is {Index}; expected {-Index} axes after the batch, the first of "
            + $"them of {_channels}.", nameof(output));
}
