using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>A leaf of autograd whose memory is reused in each pass: new memory of this size faults on every page.</summary>
/// <remarks>Owns its tensors; dispose it.</remarks>
internal sealed class LeafBuffer<T> : IDisposable where T : unmanaged
{
    private Tensor? _ownGradient;
    private TensorMemory<T> _ownMemory;

    /// <summary>Creates a leaf that shares the memory of numbers without gradient.</summary>
    public LeafBuffer(Tensor numbers)
    {
        (Numbers, Leaf) = (numbers.Owned(), numbers.detach().requires_grad_().Owned());
        Memory = Numbers.AsMemory<T>();
    }

    /// <summary>Gets the numbers, without gradient.</summary>
    public Tensor Numbers { get; }

    /// <summary>Gets the numbers for autograd.</summary>
    public Tensor Leaf { get; }

    /// <summary>Gets the memory of the numbers.</summary>
    public TensorMemory<T> Memory { get; }

    /// <summary>Gets the memory of the gradient; null if the leaf was not used.</summary>
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
            _ownGradient = empty_like(Numbers).Owned();
            _ownMemory = _ownGradient.AsMemory<T>();
        }
        _ownMemory.All.Clear();
        Gradient = _ownMemory;
        return _ownMemory;
    }

    public void Dispose()
    {
        Leaf.Dispose();
        Numbers.Dispose();
        _ownGradient?.Dispose();
    }
}
