using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Averaging;

/// <summary>The running mean and variance of the values of one tensor, in double precision, and its last deviations from the running mean.</summary>
/// <remarks>Owns its tensors; dispose it.</remarks>
internal sealed class WeightMoments : IDisposable
{
    private readonly int _rank;
    private readonly Queue<Tensor> _deviations = [];
    private readonly Tensor _mean;
    private readonly Tensor _squares;

    /// <summary>Creates moments of no values.</summary>
    /// <param name="value">A tensor of the shape and on the device of the values.</param>
    /// <param name="rank">The most deviations that are kept.</param>
    public WeightMoments(Tensor value, int rank)
    {
        _rank = rank;
        _mean = zeros(value.shape, ScalarType.Float64, value.device).Owned();
        _squares = zeros(value.shape, ScalarType.Float64, value.device).Owned();
    }

    /// <summary>Gets the number of values.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the mean of the values, in double precision.</summary>
    public Tensor Mean => _mean;

    /// <summary>Computes the variance around the mean, the mean of squares, in double precision.</summary>
    public Tensor Variance()
    {
        using Scalar share = 1.0 / Math.Max(1, Count);
        return _squares.mul(share);
    }

    /// <summary>Returns the last deviations, <c>[K, …]</c>, oldest first; at least one value must have been added.</summary>
    public Tensor Deviations() => stack([.. _deviations], 0);

    /// <summary>Adds a value.</summary>
    public void Add(Tensor value)
    {
        using var scope = NewDisposeScope();
        Count++;
        using Scalar share = 1.0 / Count;
        // Welford's update: no difference of large numbers.
        var centred = value.detach().to(ScalarType.Float64).add(_mean, Scalars.MinusOne);
        _mean.add_(centred, share);
        var deviation = value.detach().to(ScalarType.Float64).add(_mean, Scalars.MinusOne);
        _squares.addcmul_(centred, deviation, Scalars.One);
        _deviations.Enqueue(deviation.to(value.dtype, copy: true).Owned());
        if (_deviations.Count > _rank)
            _deviations.Dequeue().Dispose();
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        _mean.Dispose();
        _squares.Dispose();
        while (_deviations.TryDequeue(out var deviation))
            deviation.Dispose();
    }
}
