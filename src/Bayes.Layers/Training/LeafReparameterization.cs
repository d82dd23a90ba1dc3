using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// <see cref="Reparameterization"/> with the drawn weights as leaves: autograd runs through the network alone, and what it
/// leaves at each weight is carried to mu and log_var by hand. Draws the same noise in the same order.
/// </summary>
/// <remarks>For one pass. Owns the draws, which outlive the scopes of the layers: dispose it after backpropagation.</remarks>
internal sealed class LeafReparameterization(NoiseSource noise, int samples, Func<MeanFieldNormal, PosteriorSlice> find)
    : Estimator(samples), IDisposable
{
    private readonly List<WeightDraw> _draws = [];

    /// <summary>Every draw of the pass, in order.</summary>
    public IReadOnlyList<WeightDraw> Draws => _draws;

    public void Dispose()
    {
        foreach (var draw in _draws)
        {
            draw.Leaf.Dispose();
            draw.Epsilon.Dispose();
        }
    }

    /// <inheritdoc/>
    public override Tensor StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device) =>
        noise.StandardNormal([Samples, .. shape], dtype, device);

    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(BilinearMap map, MeanFieldNormal weight, MeanFieldNormal? bias)
    {
        Tensor drawnWeight = Draw(weight);
        var drawnBias = bias is null ? null : Draw(bias);
        return input => Samples == 1 ? map.Apply(input, drawnWeight, drawnBias) : map.ApplyPerDraw(input, drawnWeight, drawnBias);
    }

    private Tensor Draw(MeanFieldNormal posterior)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var slice = find(posterior);
        var epsilon = posterior.Epsilon(Samples, noise);
        if (Samples == 1)
            epsilon = epsilon.squeeze(0);
        var leaf = addcmul(posterior.Mean, slice.Stddev, epsilon, Scalars.One).requires_grad_();
        _draws.Add(new WeightDraw(slice, leaf.Owned(), epsilon.Owned()));
        return leaf;
    }
}
