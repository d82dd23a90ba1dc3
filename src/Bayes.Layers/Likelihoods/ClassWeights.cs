using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>A weight for each class. Immutable.</summary>
internal sealed class ClassWeights
{
    private readonly double[] _values;

    /// <summary>Creates the weights.</summary>
    /// <param name="values">At least one, each finite and at least 0, and not all 0.</param>
    /// <exception cref="ArgumentException">There are no weights, or all of them are 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is outside its range.</exception>
    public ClassWeights(IReadOnlyList<double> values)
    {
        const string name = "classWeights";
        foreach (double value in values)
            Require.NonNegativeAndFinite(value, name);
        if (values.All(value => value == 0))
            throw new ArgumentException(
                values.Count == 0 ? $"{name} is empty; expected a number for each class."
                : $"{name} are all 0, so nothing would be learned; expected at least one above 0.", name);
        _values = [.. values];
        Values = Array.AsReadOnly(_values);
    }

    /// <summary>Gets the weights.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Refuses an output with another number of classes.</summary>
    /// <exception cref="ArgumentException">The numbers differ.</exception>
    public void RequireFit(Tensor output, ChannelAxis axis)
    {
        if (output.shape[^-axis.Index] != _values.Length)
            throw new ArgumentException(
                $"The output has shape {Shapes.Describe(output.shape)} and so {output.shape[^-axis.Index]} classes; expected {_values.Length}, one "
                + "for each of the classWeights.", nameof(output));
    }

    /// <summary>Returns the weight of each class in a tensor of classes, in the type of some logarithms.</summary>
    public Tensor Of(Tensor classes, Tensor logs)
    {
        using var scope = NewDisposeScope();
        return Tensor(logs).index_select(0, classes.flatten()).reshape(classes.shape).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the weights in the type of some logarithms, shaped to broadcast along their classes.</summary>
    public Tensor Along(Tensor logs, ChannelAxis axis)
    {
        using var scope = NewDisposeScope();
        return axis.Broadcast(Tensor(logs)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the weights as a list, in the invariant culture.</summary>
    public override string ToString() => $"[{string.Join(", ", _values.Select(value => FormattableString.Invariant($"{value:R}")))}]";

    private Tensor Tensor(Tensor logs) => tensor(_values, float64).to(logs.dtype).to(logs.device);
}
