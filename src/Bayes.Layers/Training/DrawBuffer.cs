using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// The memory of one weight tensor's draws, their noise and their gradient, reused in each pass: new memory of this size faults on every page.
/// </summary>
/// <remarks>Owns its tensors; dispose it.</remarks>
internal sealed class DrawBuffer<T> : IDisposable where T : unmanaged
{
    private Tensor? _ownGradient;
    private TensorMemory<T> _ownMemory;

    public DrawBuffer(PosteriorSlice slice, int samples, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        long[] shape = [samples, .. slice.Shape];
        Epsilon = empty(shape, dtype, CPU).Owned();
        Leaf = empty(samples == 1 ? slice.Shape : shape, dtype, CPU).requires_grad_().Owned();
        Samples = samples;
        Noise = Epsilon.AsMemory<T>();
        Weights = Leaf.AsMemory<T>();
    }

    /// <summary>Gets S.</summary>
    public int Samples { get; }

    /// <summary>Gets eps, <c>[S, …]</c>.</summary>
    public Tensor Epsilon { get; }

    /// <summary>Gets the weights for autograd, without an axis of draws if S is 1.</summary>
    public Tensor Leaf { get; }

    /// <summary>Gets the memory of <see cref="Epsilon"/>.</summary>
    public TensorMemory<T> Noise { get; }

    /// <summary>Gets the memory of <see cref="Leaf"/>.</summary>
    public TensorMemory<T> Weights { get; }

    /// <summary>Gets the memory of the gradient of the weights; null if the draw was not used.</summary>
    public TensorMemory<T>? Gradient { get; private set; }

    /// <summary>Begins a pass.</summary>
    public void Begin()
    {
        Gradient = null;
        Leaf.grad = null;
    }

    /// <summary>Sets <see cref="Gradient"/> to what autograd left at <see cref="Leaf"/>; it lives as long as the surrounding scope.</summary>
    public void UseGradientOfLeaf() => Gradient = Leaf.grad is { } gradient ? gradient.contiguous().AsMemory<T>() : null;

    /// <summary>Sets <see cref="Gradient"/> to zeroed memory for managed code to fill, and returns it.</summary>
    public TensorMemory<T> UseOwnGradient()
    {
        if (_ownGradient is null)
        {
            _ownGradient = empty_like(Epsilon).Owned();
            _ownMemory = _ownGradient.AsMemory<T>();
        }
        _ownMemory.All.Clear();
        Gradient = _ownMemory;
        return _ownMemory;
    }

    public void Dispose()
    {
        Epsilon.Dispose();
        Leaf.Dispose();
        _ownGradient?.Dispose();
    }
}
