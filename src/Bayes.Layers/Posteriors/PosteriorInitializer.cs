using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>Decides how a layer's posterior starts, and which family it has. Immutable: one initializer can serve many layers.</summary>
public abstract class PosteriorInitializer
{
    /// <summary>Gets the family of the posterior: independent normal weights by default, or for example <c>new LowRankFamily(rank: 2)</c>.</summary>
    public PosteriorFamily Family { get; init; } = PosteriorFamily.MeanField;

    /// <summary>Returns the first values of mu and log sigma² of one variable.</summary>
    /// <param name="shape">
    /// The variable's shape in PyTorch's layout: <c>[out, in, …]</c> for a weight, <c>[out]</c> for a bias. A weight of one axis is passed as
    /// <c>[out, 1]</c>.
    /// </param>
    /// <param name="fanIn">Number of inputs of one output; at least 1. For a bias, that of its weight.</param>
    /// <param name="noise">The source of random numbers.</param>
    /// <param name="dtype">The element type.</param>
    /// <returns>Two new tensors of the given shape on the CPU.</returns>
    public abstract (Tensor Mean, Tensor LogVariance) Initialize(long[] shape, long fanIn, NoiseSource noise, ScalarType dtype);

    /// <summary>Returns the first values of a posterior's parameters, in the order of <see cref="PosteriorFamily.ParametersOf"/>.</summary>
    /// <param name="variable">The variable's name, for messages.</param>
    /// <param name="isWeight">Whether the variable is a weight, and not a bias.</param>
    /// <param name="shape">The variable's shape.</param>
    /// <param name="fanIn">Number of inputs of an output; at least 1.</param>
    /// <param name="dtype">The element type.</param>
    /// <exception cref="ArgumentException">A value has the wrong shape or type, or is not finite.</exception>
    internal IReadOnlyList<Tensor> Start(string variable, bool isWeight, long[] shape, long fanIn, ScalarType dtype)
    {
        // An initializer takes a tensor of one axis for a bias, so a weight of one axis gets an axis of inputs.
        long[] requested = isWeight && shape.Length == 1 ? [shape[0], 1] : shape;
        var (mu, logVar) = Initialize(requested, fanIn, TorchNoise.Global, dtype);
        if (!(mu.shape.SequenceEqual(requested) && logVar.shape.SequenceEqual(requested) && mu.dtype == dtype && logVar.dtype == dtype))
            throw new ArgumentException(
                $"The initializer gave {variable}_mu of {mu.dtype} {Shapes.Describe(mu.shape)} and {variable}_log_var of {logVar.dtype} "
                + $"{Shapes.Describe(logVar.shape)}; expected {dtype} {Shapes.Describe(requested)} for both.", "initializer");
        if (requested.Length != shape.Length)
            (mu, logVar) = (mu.squeeze(1), logVar.squeeze(1));
        Require.AllFinite(mu, variable + "_mu");
        Require.AllFinite(logVar, variable + "_log_var");
        var values = Family.Start(mu, logVar, TorchNoise.Global);
        foreach (var ((name, expected), value) in Family.ParametersOf(shape).Zip(values))
        {
            if (!value.shape.SequenceEqual(expected) || value.dtype != dtype)
                throw new ArgumentException(
                    $"{Family} started {variable}_{name} as {value.dtype} {Shapes.Describe(value.shape)}; expected {dtype} "
                    + $"{Shapes.Describe(expected)}.", "initializer");
            Require.AllFinite(value, $"{variable}_{name}");
        }
        return values;
    }
}
