using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// Where random numbers come from. Everything random in the library asks a noise source for it, so that a test can hand in
/// the numbers of a paper, and a program can repeat a run.
/// </summary>
public abstract class NoiseSource
{
    /// <summary>A fresh tensor of independent N(0, 1) draws: never one that was handed out before, nor a view of it.</summary>
    /// <param name="shape">The shape wanted; axis 0 counts Monte Carlo draws.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="device">The device that the tensor is to be on.</param>
    /// <returns>A tensor that needs no gradient and belongs to the caller's dispose scope.</returns>
    public abstract Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device);

    /// <summary>Fills a tensor with what <see cref="StandardNormal"/> gives for its shape, type and device: the same numbers, without a new tensor where that can be.</summary>
    /// <param name="destination">A contiguous tensor that needs no gradient.</param>
    internal virtual void Fill(Tensor destination)
    {
        using var scope = NewDisposeScope();
        destination.copy_(StandardNormal(destination.shape, destination.dtype, destination.device));
    }

    /// <summary>
    /// Returns where the stream stands, so that it can be continued from there, or null if the source cannot tell. The caller disposes it.
    /// </summary>
    internal virtual Tensor? StreamPosition() => null;

    /// <summary>Continues the stream from where <see cref="StreamPosition"/> was.</summary>
    /// <exception cref="NotSupportedException">The source cannot do so.</exception>
    internal virtual void ContinueFrom(Tensor position) =>
        throw new NotSupportedException($"{GetType().Name} cannot be continued from a position; expected TorchNoise.");

    /// <summary>A fresh tensor of independent signs, each −1 or +1 with probability ½: by default those of normal draws.</summary>
    /// <inheritdoc cref="StandardNormal"/>
    public virtual Tensor Signs(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        return StandardNormal(shape, dtype, device).ge(Scalars.Zero).to(dtype).mul_(Scalars.Two).add_(Scalars.MinusOne, Scalars.One).MoveToOuterDisposeScope();
    }
}
