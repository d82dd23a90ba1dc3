using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Computes with torch's operations, on every device and in every type: a few operations over all weights at once, for any number of layers.
/// </summary>
internal sealed class TensorArithmetic : FlatArithmetic
{
    private readonly FlatPosterior _flat;
    private readonly Tensor _stddev;
    private readonly Tensor _stddevGradient;
    private readonly View[] _views;
    private readonly List<(View View, Tensor Leaf, Tensor Epsilon)> _draws = [];

    public TensorArithmetic(FlatPosterior flat)
    {
        _flat = flat;
        _stddev = zeros_like(flat.Mean).Owned();
        _stddevGradient = zeros_like(flat.Mean).Owned();
        _views = [.. flat.Slices.Select(slice =>
            new View(Of(flat.Mean, slice), Of(_stddev, slice), Of(flat.MeanGradient, slice), Of(_stddevGradient, slice)))];
    }

    /// <inheritdoc/>
    public override void Begin()
    {
        _stddev.copy_(_flat.LogVariance).mul_(Scalars.Half).exp_();
        _flat.Gradient.zero_();
        _stddevGradient.zero_();
    }

    /// <inheritdoc/>
    public override Tensor Draw(PosteriorSlice slice, int samples, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        var view = _views[slice.Number];
        var epsilon = noise.StandardNormal([samples, .. slice.Shape], view.Mean.dtype, view.Mean.device);
        if (samples == 1)
            epsilon = epsilon.squeeze(0);
        var leaf = addcmul(view.Mean, view.Stddev, epsilon, Scalars.One).requires_grad_();
        _draws.Add((view, leaf.Owned(), epsilon.Owned()));
        return leaf;
    }

    /// <inheritdoc/>
    public override Tensor End(double klWeight)
    {
        using var scope = NewDisposeScope();
        foreach (var (view, leaf, epsilon) in _draws)
            if (leaf.grad is { } gradient)
                view.Add(gradient, epsilon);
        _flat.LogVarianceGradient.addcmul_(_stddevGradient, _stddev, Scalars.Half);
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
        foreach (var (_, leaf, epsilon) in _draws)
        {
            leaf.Dispose();
            epsilon.Dispose();
        }
        _draws.Clear();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        Forget();
        foreach (var view in _views)
            view.Dispose();
        _stddev.Dispose();
        _stddevGradient.Dispose();
    }

    private static Tensor Of(Tensor flat, PosteriorSlice slice)
    {
        using var scope = NewDisposeScope();
        return flat.detach().narrow(0, slice.Start, slice.Length).view(slice.Shape).Owned();
    }

    /// <summary>A slice's part of the storage, in its shape.</summary>
    /// <param name="Mean">mu.</param>
    /// <param name="Stddev">sigma.</param>
    /// <param name="MeanGradient">The sum of the gradients of mu.</param>
    /// <param name="StddevGradient">The sum over draws of the gradient of w times eps.</param>
    private sealed record View(Tensor Mean, Tensor Stddev, Tensor MeanGradient, Tensor StddevGradient) : IDisposable
    {
        public void Add(Tensor gradient, Tensor epsilon)
        {
            if (gradient.ndim == Stddev.ndim)
            {
                MeanGradient.add_(gradient, Scalars.One);
                StddevGradient.addcmul_(gradient, epsilon, Scalars.One);
            }
            else
            {
                MeanGradient.add_(gradient.sum([0L]), Scalars.One);
                StddevGradient.add_(gradient.mul(epsilon).sum([0L]), Scalars.One);
            }
        }

        public void Dispose()
        {
            Mean.Dispose();
            Stddev.Dispose();
            MeanGradient.Dispose();
            StddevGradient.Dispose();
        }
    }
}
