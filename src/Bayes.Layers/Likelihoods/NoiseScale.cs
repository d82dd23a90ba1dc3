using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// The scale of the noise around the network's output, in the target's unit: one number for all elements of a target, or one for each target
/// dimension.
/// </summary>
/// <param name="channelAxis">The axis of the target dimensions, as the user named it.</param>
internal abstract class NoiseScale(int? channelAxis)
{
    /// <summary>Gets the axis of the target dimensions in an output; not used if there is only one number.</summary>
    public ChannelAxis Axis { get; } = new(channelAxis, nameof(channelAxis), "target dimensions");

    /// <summary>Gets the module with the learned parameters; null if the numbers are given.</summary>
    public virtual nn.Module? Parameters => null;

    /// <summary>Gets the range of the learned numbers; null if the numbers are given.</summary>
    public virtual (double Minimum, double Maximum)? LearnedRange => null;

    /// <summary>Gets the count of numbers.</summary>
    public abstract long Count { get; }

    /// <summary>Gets the current numbers.</summary>
    public abstract IReadOnlyList<double> Values { get; }

    /// <summary>Gets whether managed code can read the numbers; true by default.</summary>
    public virtual bool IsReadable => true;

    /// <summary>Copies the current numbers.</summary>
    /// <param name="values">Receives <see cref="Count"/> numbers.</param>
    public abstract void Read(Span<double> values);

    /// <summary>Adds a multiple of a gradient to that of the parameter; does nothing by default, and if the parameter is frozen.</summary>
    /// <param name="gradientOfLog">The gradient with respect to the logarithms of the numbers.</param>
    /// <param name="factor">The factor.</param>
    public virtual void AddGradient(ReadOnlySpan<double> gradientOfLog, double factor)
    {
    }

    /// <summary>Returns the current numbers as a scale that later training steps do not change.</summary>
    /// <exception cref="InvalidOperationException">A number is not finite.</exception>
    public virtual NoiseScale Frozen() => this;

    /// <summary>Determines whether an output's type can hold the numbers: they stay above 0, and their squares are finite.</summary>
    /// <param name="dtype">The output's type.</param>
    public virtual bool FitIn(ScalarType dtype) => true;

    /// <summary>Returns the only number.</summary>
    /// <param name="name">Its name, for the message.</param>
    /// <exception cref="InvalidOperationException">There are several numbers.</exception>
    public double Single(string name) => Count == 1
        ? Values[0]
        : throw new InvalidOperationException($"There are {Count} values of {name}, one for each target dimension; read {name}s.");

    /// <summary>Returns the numbers and their logarithms, in the output's type and on its device, shaped to broadcast along the axis of its target
    /// dimensions.</summary>
    /// <param name="output">f, in at least single precision.</param>
    /// <param name="leading">The number of axes that count examples and draws; null if unknown.</param>
    /// <exception cref="ArgumentException">The numbers do not fit the output.</exception>
    public (Tensor Scale, Tensor Log) Along(Tensor output, int? leading = null)
    {
        Require.Output(output);
        using var scope = NewDisposeScope();
        if (Count == 1)
            return Move(Tensors(output));
        Axis.RequireIn(output);
        if (output.ndim <= Math.Max(leading ?? 1, -Axis.Index - 1) || output.shape[^-Axis.Index] != Count)
            throw new ArgumentException(
                $"The output has shape {Shapes.Describe(output.shape)}; expected {(Axis.IsLast ? "a last axis" : $"an axis {Axis.Index}")} of "
                + $"{Count} target dimensions, one for each scale of the noise.", nameof(output));
        if (leading is { } known)
            Axis.RequireIn(output, known);
        var (scale, log) = Tensors(output);
        return Move((Axis.Broadcast(scale), Axis.Broadcast(log)));

        (Tensor, Tensor) Move((Tensor Scale, Tensor Log) own) => scope.MoveToOuter(own.Scale.to(output.dtype), own.Log.to(output.dtype));
    }

    /// <summary>Refuses outputs <c>[S, B, …]</c> that need a named axis for several numbers.</summary>
    public void RequireIn(Tensor outputs)
    {
        if (Count > 1)
            Axis.RequireIn(outputs, leading: 2);
    }

    /// <summary>Determines whether there is one number, or one for each column of an output <c>[B, width]</c>.</summary>
    public bool FitsWidth(int width) => Count == 1 || Count == width && Axis.IsLast;

    /// <summary>Gets the numbers, whether they are learned, and their axis, as text.</summary>
    public string Options => Axis.Named is null ? Description : $"{Description}, {Axis}";

    /// <summary>Returns a likelihood's text with the learned numbers removed.</summary>
    public string SettingsOf(string likelihood) =>
        Parameters is null ? likelihood : likelihood.Replace(Description, "learned", StringComparison.Ordinal);

    private string Description => Parameters is null ? ToString() : $"{this}, learned";

    /// <summary>Returns the numbers as text.</summary>
    public override string ToString()
    {
        var texts = Values.Select(value => FormattableString.Invariant($"{value}"));
        return Count == 1 ? texts.Single() : $"[{string.Join(", ", texts)}]";
    }

    /// <summary>Returns the numbers and their logarithms on the output's device.</summary>
    protected abstract (Tensor Scale, Tensor Log) Tensors(Tensor output);
}
