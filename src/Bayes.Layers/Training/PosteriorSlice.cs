using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>One parameter's part of a <see cref="FlatPosterior"/>: views of the parameter's shape. Owns the views.</summary>
/// <param name="Stddev">sigma.</param>
/// <param name="MeanGradient">The gradient in mu, being added up.</param>
/// <param name="DeviationGradient">The sum over draws of the gradient in w times eps, being added up.</param>
internal sealed record PosteriorSlice(Tensor Stddev, Tensor MeanGradient, Tensor DeviationGradient) : IDisposable
{
    /// <summary>Takes in what backpropagation left at a weight that was drawn from here.</summary>
    public void Collect(WeightDraw draw)
    {
        using var scope = NewDisposeScope();
        if (draw.Leaf.grad is not { } gradient)
            return;
        if (gradient.ndim == Stddev.ndim)
        {
            MeanGradient.add_(gradient, Scalars.One);
            DeviationGradient.addcmul_(gradient, draw.Epsilon, Scalars.One);
        }
        else
        {
            MeanGradient.add_(gradient.sum([0L]), Scalars.One);
            DeviationGradient.add_(gradient.mul(draw.Epsilon).sum([0L]), Scalars.One);
        }
    }

    public void Dispose()
    {
        Stddev.Dispose();
        MeanGradient.Dispose();
        DeviationGradient.Dispose();
    }
}
