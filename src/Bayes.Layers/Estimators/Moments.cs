using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// The mean and the variance of values inside a network, which are treated as independent and normal: what a pass of <c>MomentPropagation</c> hands
/// from module to module.
/// </summary>
/// <remarks>A view of tensors that belong to the dispose scope in which they were made.</remarks>
public sealed class Moments
{
    /// <summary>Creates moments.</summary>
    /// <param name="mean">The mean, <c>[1, B, …]</c>.</param>
    /// <param name="variance">The variance, of the same shape; null if the values are known exactly, such as the inputs of a network.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public Moments(Tensor mean, Tensor? variance = null)
    {
        ArgumentNullException.ThrowIfNull(mean);
        if (variance is not null && !variance.shape.AsSpan().SequenceEqual(mean.shape))
            throw new ArgumentException(
                $"The variance has shape {Shapes.Describe(variance.shape)}; expected that of the mean, {Shapes.Describe(mean.shape)}.",
                nameof(variance));
        Mean = mean;
        Variance = variance;
    }

    /// <summary>Gets the mean, <c>[1, B, …]</c>, in the values' unit.</summary>
    public Tensor Mean { get; }

    /// <summary>Gets the variance, <c>[1, B, …]</c>, in the values' unit squared; null if the values are known exactly.</summary>
    public Tensor? Variance { get; }

    /// <summary>Returns the moments of a sum of independent values: both means and both variances add up.</summary>
    /// <param name="other">The other values, of the same shape.</param>
    /// <returns>New tensors.</returns>
    public Moments Plus(Moments other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var variance = Variance is { } own && other.Variance is { } added ? own.add(added, Scalars.One) : (Variance ?? other.Variance)?.alias();
        return new(Mean.add(other.Mean, Scalars.One), variance);
    }

    /// <summary>
    /// Integrates a function of each value over its normal distribution, numerically: to about 10⁻⁶ for a smooth function, and to 10⁻³ for one
    /// with a kink.
    /// </summary>
    /// <param name="function">A function of each element of a tensor of any shape, whose features are near 0.</param>
    /// <returns>The moments of its values, of the same shape: new tensors, differentiable.</returns>
    public Moments Through(Func<Tensor, Tensor> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        using var scope = NewDisposeScope();
        if (Variance is null)
            return new Moments(function(Mean)).MoveToOuter(scope);
        // Copies, because a function may work in place. In at least single precision.
        Tensor wide = Mean.Widened(), at = function(wide.clone());
        var (mean, variance) = TransformedNormal.Moments(wide, Variance.Widened(), at, function);
        return new Moments(mean.to(Mean.dtype), variance.to(Mean.dtype)).MoveToOuter(scope);
    }

    /// <summary>Returns the same moments as new tensors that share their memory.</summary>
    internal Moments Alias() => new(Mean.alias(), Variance?.alias());

    /// <summary>Frees the tensors.</summary>
    internal void Free()
    {
        Mean.Dispose();
        Variance?.Dispose();
    }

    /// <summary>Moves the tensors to the scope around one.</summary>
    internal Moments MoveToOuter(DisposeScope scope)
    {
        scope.MoveToOuter(Mean);
        if (Variance is not null)
            scope.MoveToOuter(Variance);
        return this;
    }
}
