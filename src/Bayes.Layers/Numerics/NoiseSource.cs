using Bayes.Layers.Kernels;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// The source of all random numbers in the library, so a test can pass the numbers of a paper, and a program can repeat a run.
/// </summary>
public abstract class NoiseSource
{
    /// <summary>Returns a new tensor of independent N(0, 1) draws, never an earlier tensor or a view of one.</summary>
    /// <param name="shape">The shape; axis 0 counts Monte Carlo draws.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="device">The device of the result.</param>
    /// <returns>A tensor that does not require a gradient and belongs to the caller's dispose scope.</returns>
    public abstract Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device);

    /// <summary>
    /// Fills a tensor with the numbers that <see cref="StandardNormal"/> would return for its shape, type and device, without a new tensor if
    /// possible.
    /// </summary>
    /// <param name="destination">A contiguous tensor that does not require a gradient.</param>
    internal virtual void Fill(Tensor destination)
    {
        using var scope = NewDisposeScope();
        destination.copy_(StandardNormal(destination.shape, destination.dtype, destination.device));
    }

    /// <summary>
    /// Returns the stream's position, from which it can be continued; null if the source does not have one. The caller disposes it.
    /// </summary>
    internal virtual Tensor? StreamPosition() => null;

    /// <summary>Continues the stream from a result of <see cref="StreamPosition"/>.</summary>
    /// <exception cref="NotSupportedException">The source has no position.</exception>
    internal virtual void ContinueFrom(Tensor position) =>
        throw new NotSupportedException($"{GetType().Name} cannot be continued from a position; expected TorchNoise.");

    /// <summary>Returns a new tensor of independent signs, each −1 or +1 with probability ½; by default the signs of normal draws.</summary>
    /// <inheritdoc cref="StandardNormal"/>
    public virtual Tensor Signs(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var normal = StandardNormal(shape, dtype, device);
        if (normal.IsPlain(ScalarType.Float32))
        {
            Vectors.ToSigns(normal.AsSpan<float>());
            return normal.MoveToOuterDisposeScope();
        }
        return normal.ge(Scalars.Zero).to(dtype).mul_(Scalars.Two).add_(Scalars.MinusOne, Scalars.One).MoveToOuterDisposeScope();
    }
}
