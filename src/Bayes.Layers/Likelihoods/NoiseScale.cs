using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// How far targets are spread around what the network says, in the target's unit: one number for all elements of a target, or one
/// for each target dimension.
/// </summary>
internal abstract class NoiseScale
{
    /// <summary>What is learned; none where the numbers are given.</summary>
    public virtual nn.Module? Parameters => null;

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

    /// <summary>The numbers and their logarithms, in the output's type and on its device, to be broadcast along the axis of its target dimensions.</summary>
    /// <param name="output">f, in at least single precision.</param>
    /// <param name="axis">The axis of the target dimensions.</param>
    /// <param name="leading">How many axes of the output are not those of one example; null if that is not known.</param>
    /// <exception cref="ArgumentException">The numbers do not fit the output.</exception>
    public (Tensor Scale, Tensor Log) Along(Tensor output, ChannelAxis axis, int? leading = null)
    {
        Require.Output(output);
        using var scope = NewDisposeScope();
        if (Count == 1)
            return Move(Tensors(output));
        axis.RequireIn(output);
        if (output.ndim <= Math.Max(leading ?? 1, -axis.Index - 1) || output.shape[^-axis.Index] != Count)
            throw new ArgumentException(
                $"The output has shape {Shapes.Describe(output.shape)}; expected {(axis.IsLast ? "a last axis" : $"an axis {axis.Index}")} of {Count} target dimensions, one for each number of the noise.", nameof(output));
        if (leading is { } known)
            axis.RequireIn(output, known);
        var (scale, log) = Tensors(output);
        return Move((axis.Broadcast(scale), axis.Broadcast(log)));

        (Tensor, Tensor) Move((Tensor Scale, Tensor Log) own) => scope.MoveToOuter(own.Scale.to(output.dtype), own.Log.to(output.dtype));
    }

    /// <summary>The numbers as text.</summary>
    public override string ToString()
    {
        var texts = Values.Select(value => FormattableString.Invariant($"{value}"));
        return Count == 1 ? texts.Single() : $"[{string.Join(", ", texts)}]";
    }

    /// <summary>The numbers and their logarithms on the output's device.</summary>
    protected abstract (Tensor Scale, Tensor Log) Tensors(Tensor output);
}
