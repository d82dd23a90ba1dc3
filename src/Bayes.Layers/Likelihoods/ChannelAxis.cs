using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// The axis of an output along which the numbers of one place stand, such as the logits of its classes. It is named by the user and never found
/// from sizes, which may coincide. It is counted from the last axis, so that an axis of draws in front does not move it. Unnamed, it is the last
/// axis, and an example may have no other (decision 29). Immutable.
/// </summary>
internal sealed class ChannelAxis
{
    private const int Last = -1;

    private readonly string _option;
    private readonly string _channels;

    /// <summary>An axis.</summary>
    /// <param name="named">The axis, below 0; null if the user named none.</param>
    /// <param name="option">The name of the option that names it.</param>
    /// <param name="channels">What stands along it, in the plural.</param>
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

    /// <summary>The axis as the user named it; null if the user named none.</summary>
    public int? Named { get; }

    /// <summary>The axis, below 0.</summary>
    public int Index => Named ?? Last;

    /// <summary>Whether it is the axis of outputs <c>[B, channels]</c>.</summary>
    public bool IsLast => Index == Last;

    /// <summary>Refuses an output that has no such axis behind its first one.</summary>
    /// <exception cref="ArgumentException">The output has too few axes.</exception>
    public void RequireIn(Tensor output)
    {
        Require.Output(output);
        if (Named is not null && output.ndim <= -Index)
            throw TooFewAxes(output);
    }

    /// <summary>Refuses an output whose examples have too few axes, or several of which none was named.</summary>
    /// <param name="output">f: <c>[B, …]</c> or <c>[S, B, …]</c>.</param>
    /// <param name="leading">How many of its axes count examples and draws.</param>
    /// <exception cref="ArgumentException">The output has too few axes, or the axis has to be named.</exception>
    public void RequireIn(Tensor output, int leading)
    {
        long own = output.ndim - leading;
        if (Named is not null && own < -Index)
            throw TooFewAxes(output);
        if (Named is null && own > 1)
            throw new ArgumentException(
                $"The output has shape {Shapes.Describe(output.shape)}, in which an example has {own} axes; name that of the {_channels}: "
                + $"{_option}: -{own} if it follows the batch, as in PyTorch, or {_option}: -1 if it is the last.", nameof(output));
    }

    /// <summary>Shapes numbers, one for each channel, so that they are broadcast along the axis.</summary>
    public Tensor Broadcast(Tensor perChannel) => perChannel.reshape([-1, .. Enumerable.Repeat(1L, -Index - 1)]);

    /// <summary>The option as text, to follow other settings; empty if the user named no axis.</summary>
    public override string ToString() => Named is null ? "" : FormattableString.Invariant($"{_option}={Named}");

    private ArgumentException TooFewAxes(Tensor output) => new(
        $"The output has shape {Shapes.Describe(output.shape)} and {_option} is {Index}; expected {-Index} axes behind the batch, the first of "
            + $"them of {_channels}.", nameof(output));
}
