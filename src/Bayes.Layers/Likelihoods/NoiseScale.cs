using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// How far targets are spread around what the network says, in the target's unit: one number for all elements of a target, or one
/// for each target dimension.
/// </summary>
/// <param name="channelAxis">The axis of the target dimensions, as the user named it.</param>
internal abstract class NoiseScale(int? channelAxis)
{
    /// <summary>The axis of the target dimensions in an output; without meaning where there is one number.</summary>
    public ChannelAxis Axis { get; } = new(channelAxis, nameof(channelAxis), "target dimensions");

    /// <summary>What is learned; none where the numbers are given.</summary>
    public virtual nn.Module? Parameters => null;

    /// <summary>The range that learned numbers stay within; null where the numbers are given.</summary>
    public virtual (double Minimum, double Maximum)? LearnedRange => null;

    /// <summary>How many numbers there are.</summary>
    public abstract long Count { get; }

    /// <summary>The numbers as they are now.</summary>
    public abstract IReadOnlyList<double> Values { get; }

    /// <summary>The numbers as they are now, which no later step of training changes.</summary>
    /// <exception cref="InvalidOperationException">One is NaN.</exception>
    public virtual NoiseScale Frozen() => this;

    /// <summary>Whether a type of outputs can hold the numbers: these above 0, and their squares finite.</summary>
    /// <param name="dtype">The type.</param>
    public virtual bool FitIn(ScalarType dtype) => true;

    /// <summary>The only number.</summary>
    /// <param name="name">What it is called.</param>
    /// <exception cref="InvalidOperationException">There are several.</exception>
    public double Single(string name) => Count == 1
        ? Values[0]
        : throw new InvalidOperationException($"There are {Count} values of {name}, one for each target dimension; read {name}s.");

    /// <summary>The numbers and their logarithms, in the output's type and on its device, to be broadcast along the axis of its target
    /// dimensions.</summary>
    /// <param name="output">f, in at least single precision.</param>
    /// <param name="leading">How many axes of the output are not those of one example; null if that is not known.</param>
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
                + $"{Count} target dimensions, one for each number of the noise.", nameof(output));
        if (leading is { } known)
            Axis.RequireIn(output, known);
        var (scale, log) = Tensors(output);
        return Move((Axis.Broadcast(scale), Axis.Broadcast(log)));

        (Tensor, Tensor) Move((Tensor Scale, Tensor Log) own) => scope.MoveToOuter(own.Scale.to(output.dtype), own.Log.to(output.dtype));
    }

    /// <summary>Refuses outputs <c>[S, B, …]</c> in which the axis of several numbers has to be named.</summary>
    public void RequireIn(Tensor outputs)
    {
        if (Count > 1)
            Axis.RequireIn(outputs, leading: 2);
    }

    /// <summary>Whether there is a number for each one of an output <c>[B, width]</c>, or one for all.</summary>
    public bool FitsWidth(int width) => Count == 1 || Count == width && Axis.IsLast;

    /// <summary>The numbers, whether they are learned, and their axis, as text.</summary>
    public string Options => Axis.Named is null ? Description : $"{Description}, {Axis}";

    /// <summary>The text of a likelihood without what was learned.</summary>
    public string SettingsOf(string likelihood) =>
        Parameters is null ? likelihood : likelihood.Replace(Description, "learned", StringComparison.Ordinal);

    private string Description => Parameters is null ? ToString() : $"{this}, learned";

    /// <summary>The numbers as text.</summary>
    public override string ToString()
    {
        var texts = Values.Select(value => FormattableString.Invariant($"{value}"));
        return Count == 1 ? texts.Single() : $"[{string.Join(", ", texts)}]";
    }

    /// <summary>The numbers and their logarithms on the output's device.</summary>
    protected abstract (Tensor Scale, Tensor Log) Tensors(Tensor output);
}
