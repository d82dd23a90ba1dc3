using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Computes with torch's operations, on every device and in every type: a few operations over all weights at once, for any number of layers.
/// </summary>
internal sealed class TensorArithmetic : FlatArithmetic
{
    private readonly FlatPosterior _flat;
    private readonly Tensor _stddev;
    private readonly View[] _views;
    private readonly Dictionary<int, Tensor> _means = [];
    private readonly List<Use> _uses = [];

    public TensorArithmetic(FlatPosterior flat)
    {
        _flat = flat;
        _stddev = zeros_like(flat.Mean).Owned();
        _views = [.. flat.Slices.Select(slice =>
            new View(Of(flat.Mean, slice), Of(_stddev, slice), Of(flat.MeanGradient, slice), Of(flat.LogVarianceGradient, slice)))];
    }

    /// <inheritdoc/>
    public override void Begin()
    {
        _stddev.copy_(_flat.LogVariance).mul_(Scalars.Half).exp_();
        _flat.Gradient.zero_();
    }

    /// <inheritdoc/>
    public override Tensor Draw(PosteriorSlice slice, int samples, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        var view = _views[slice.Number];
        var deviations = DeviationsOf(slice, samples, noise);
        if (samples == 1)
            deviations = deviations.squeeze(0);
        return Add(new Use(view, view.Mean.add(deviations, Scalars.One), deviations, Scalars.Half) { IsLocation = true });
    }

    /// <inheritdoc/>
    public override Tensor Deviations(PosteriorSlice slice, int samples, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        var deviations = DeviationsOf(slice, samples, noise);
        return Add(new Use(_views[slice.Number], deviations.detach(), deviations, Scalars.Half));
    }

    /// <inheritdoc/>
    public override Tensor Mean(PosteriorSlice slice)
    {
        using var scope = NewDisposeScope();
        var view = _views[slice.Number];
        if (!_means.TryGetValue(slice.Number, out var mean))
            _means.Add(slice.Number, mean = Add(new Use(view, view.Mean.detach(), null, Scalars.Zero) { IsLocation = true }));
        return mean;
    }

    /// <inheritdoc/>
    public override Tensor Variance(PosteriorSlice slice)
    {
        using var scope = NewDisposeScope();
        var view = _views[slice.Number];
        var variance = view.Stddev.mul(view.Stddev);
        return Add(new Use(view, variance.detach(), variance, Scalars.One));
    }

    /// <inheritdoc/>
    public override Tensor End(double klWeight)
    {
        using var scope = NewDisposeScope();
        foreach (var use in _uses)
            use.AddGradients();
        return AddKl(klWeight).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor AddKl(double klWeight)
    {
        using var scope = NewDisposeScope();
        var variance = _stddev.mul(_stddev);
        return _flat.Spans.Select(span => span.AddKlGradient(variance, klWeight)).Aggregate((sum, next) => sum.add(next, Scalars.One))
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Forget()
    {
        foreach (var use in _uses)
            use.Dispose();
        _uses.Clear();
        _means.Clear();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        Forget();
        foreach (var view in _views)
            view.Dispose();
        _stddev.Dispose();
    }

    private Tensor DeviationsOf(PosteriorSlice slice, int samples, NoiseSource noise)
    {
        var view = _views[slice.Number];
        return noise.StandardNormal([samples, .. slice.Shape], view.Mean.dtype, view.Mean.device).mul_(view.Stddev);
    }

    private Tensor Add(Use use)
    {
        _uses.Add(use);
        use.Leaf.requires_grad_().Owned();
        use.Spread?.Owned();
        return use.Leaf;
    }

    private static Tensor Of(Tensor flat, PosteriorSlice slice)
    {
        using var scope = NewDisposeScope();
        return flat.detach().narrow(0, slice.Start, slice.Length).view(slice.Shape).Owned();
    }

    /// <summary>A slice's part of the storage, in its shape.</summary>
    private sealed record View(Tensor Mean, Tensor Stddev, Tensor MeanGradient, Tensor LogVarianceGradient) : IDisposable
    {
        public void Dispose()
        {
            Mean.Dispose();
            Stddev.Dispose();
            MeanGradient.Dispose();
            LogVarianceGradient.Dispose();
        }
    }

    /// <summary>A leaf that a pass uses.</summary>
    /// <param name="View">The slice.</param>
    /// <param name="Leaf">The leaf, of the slice's shape, or with an axis of draws in front.</param>
    /// <param name="Spread">∂/∂log_var of the leaf up to a factor; null if the leaf does not depend on it.</param>
    /// <param name="SpreadFactor">The factor.</param>
    private sealed record Use(View View, Tensor Leaf, Tensor? Spread, Scalar SpreadFactor) : IDisposable
    {
        /// <summary>Gets whether ∂/∂mu of the leaf is 1; otherwise the leaf does not depend on mu.</summary>
        public bool IsLocation { get; init; }

        public void AddGradients()
        {
            if (Leaf.grad is not { } gradient)
                return;
            if (IsLocation)
                View.MeanGradient.add_(SumOfDraws(gradient), Scalars.One);
            if (Spread is not null)
                View.LogVarianceGradient.add_(SumOfDraws(gradient.mul(Spread)), SpreadFactor);
        }

        public void Dispose()
        {
            Leaf.Dispose();
            Spread?.Dispose();
        }

        private Tensor SumOfDraws(Tensor values) => values.ndim == View.Mean.ndim ? values : values.sum([0L]);
    }
}
