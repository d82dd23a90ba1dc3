using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>The leaves of one weight tensor, and which of them the current pass uses.</summary>
/// <remarks>Owns the leaves; dispose it.</remarks>
internal sealed class SliceLeaves<T>(PosteriorSlice slice, FlatPosterior flat) : IDisposable where T : unmanaged
{
    private LeafBuffer<T>? _mean;
    private LeafBuffer<T>? _variance;
    private LeafBuffer<T>? _weights;
    private LeafBuffer<T>? _deviations;

    /// <summary>Gets the leaf whose gradient is that of mu; null if the pass does not use it.</summary>
    public LeafBuffer<T>? Location { get; private set; }

    /// <summary>Gets the leaf whose gradient times <see cref="Spread"/> is that of log_var; null if the pass does not use it.</summary>
    public LeafBuffer<T>? Scale { get; private set; }

    /// <summary>Gets ∂/∂log_var of <see cref="Scale"/> up to the factor <see cref="SpreadFactor"/>.</summary>
    public LeafBuffer<T>? Spread { get; private set; }

    /// <summary>Gets the factor of <see cref="Spread"/>.</summary>
    public double SpreadFactor { get; private set; }

    /// <summary>Gets S, the number of draws in <see cref="Scale"/>.</summary>
    public int Samples { get; private set; } = 1;

    /// <summary>Begins a pass.</summary>
    public void Begin()
    {
        Release();
        (Location, Scale) = (null, null);
    }

    /// <summary>Releases the gradients.</summary>
    public void Release()
    {
        Location?.Begin();
        Scale?.Begin();
    }

    /// <summary>Reads the gradients that autograd left.</summary>
    public void UseGradientsOfLeaves()
    {
        Location?.UseGradientOfLeaf();
        if (!ReferenceEquals(Location, Scale))
            Scale?.UseGradientOfLeaf();
    }

    /// <summary>Uses mu.</summary>
    public LeafBuffer<T> UseMean()
    {
        if (_mean is null)
        {
            using var scope = NewDisposeScope();
            _mean = new(flat.Mean.detach().narrow(0, slice.Start, slice.Length).view(slice.Shape));
        }
        return Location = _mean;
    }

    /// <summary>Uses sigma², which the caller computes.</summary>
    public LeafBuffer<T> UseVariance()
    {
        (Scale, Spread, SpreadFactor, Samples) = (_variance ??= Make(slice.Shape), _variance, 1, 1);
        return _variance;
    }

    /// <summary>Uses deviations, <c>[S, …]</c>, which the caller computes.</summary>
    public LeafBuffer<T> UseDeviations(int samples)
    {
        (Scale, Spread, SpreadFactor, Samples) = (_deviations ??= Make([samples, .. slice.Shape]), _deviations, 0.5, samples);
        return _deviations;
    }

    /// <summary>Uses weights, without an axis of draws if S is 1, and their deviations, both of which the caller computes.</summary>
    public (LeafBuffer<T> Weights, LeafBuffer<T> Deviations) UseWeights(int samples)
    {
        var deviations = UseDeviations(samples);
        Location = Scale = _weights ??= Make(samples == 1 ? slice.Shape : [samples, .. slice.Shape]);
        return (_weights, deviations);
    }

    public void Dispose()
    {
        foreach (var leaf in new[] { _mean, _variance, _weights, _deviations })
            leaf?.Dispose();
    }

    private LeafBuffer<T> Make(long[] shape) => new(empty(shape, flat.Mean.dtype, CPU));
}
