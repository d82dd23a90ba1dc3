using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Room for the weights of one draw, its noise and its gradient, used again in every pass: fresh memory of this size costs a fault for every page.</summary>
/// <remarks>Owns its tensors; dispose it.</remarks>
internal sealed class NumberDraw<T> : IDisposable where T : unmanaged
{
    private Tensor? _ownGradient;

    public NumberDraw(PosteriorSlice slice, int samples, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        long[] shape = [samples, .. slice.Shape];
        Epsilon = empty(shape, dtype, CPU).Owned();
        Leaf = empty(samples == 1 ? slice.Shape : shape, dtype, CPU).requires_grad_().Owned();
        Samples = samples;
        Noise = new Numbers<T>(Epsilon);
        Weights = new Numbers<T>(Leaf);
    }

    /// <summary>S.</summary>
    public int Samples { get; }

    /// <summary>eps, <c>[S, …]</c>.</summary>
    public Tensor Epsilon { get; }

    /// <summary>The weights, for autograd: without an axis of draws where S is 1.</summary>
    public Tensor Leaf { get; }

    /// <summary>Where <see cref="Epsilon"/> lies.</summary>
    public Numbers<T> Noise { get; }

    /// <summary>Where <see cref="Leaf"/> lies.</summary>
    public Numbers<T> Weights { get; }

    /// <summary>Where the gradient in the weights lies; none where the draw was not used.</summary>
    public Numbers<T>? Gradient { get; private set; }

    /// <summary>Begins a pass.</summary>
    public void Begin()
    {
        Gradient = null;
        Leaf.grad = null;
    }

    /// <summary>Takes the gradient that autograd left at <see cref="Leaf"/>; it lives as long as the surrounding scope.</summary>
    public void TakeGradientOfLeaf() => Gradient = Leaf.grad is { } gradient ? new Numbers<T>(gradient.contiguous()) : null;

    /// <summary>Room for a gradient that is computed in managed code, zeroed.</summary>
    public Numbers<T> OwnGradient()
    {
        if (_ownGradient is null)
        {
            _ownGradient = empty_like(Epsilon).Owned();
            _ownNumbers = new Numbers<T>(_ownGradient);
        }
        _ownNumbers.All.Clear();
        Gradient = _ownNumbers;
        return _ownNumbers;
    }

    private Numbers<T> _ownNumbers;

    public void Dispose()
    {
        Epsilon.Dispose();
        Leaf.Dispose();
        _ownGradient?.Dispose();
    }
}
