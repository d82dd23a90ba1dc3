using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>The leaves of one pass, from a <see cref="FlatPosterior"/>. Draws the same noise in the same order as the plain path.</summary>
/// <remarks>The leaves outlive the scopes of the layers: dispose it after backpropagation to release their gradients.</remarks>
internal sealed class FlatLeaves(int samples, FlatPosterior flat, FlatArithmetic arithmetic) : IPosteriorLeaves, IDisposable
{
    private readonly Stack<TwoProducts> _layers = [];

    public Tensor Mean(WeightPosterior posterior)
    {
        using var noGrad = no_grad();
        return arithmetic.Mean(flat.Find(posterior));
    }

    public Tensor Variance(WeightPosterior posterior)
    {
        using var noGrad = no_grad();
        return arithmetic.Variance(flat.Find(posterior));
    }

    public Tensor Weights(WeightPosterior posterior, NoiseSource noise)
    {
        using var noGrad = no_grad();
        return arithmetic.Draw(flat.Find(posterior), samples, noise);
    }

    public Tensor Deviations(WeightPosterior posterior, NoiseSource noise)
    {
        using var noGrad = no_grad();
        return arithmetic.Deviations(flat.Find(posterior), samples, noise);
    }

    public void Add(TwoProducts layer) => _layers.Push(layer);

    /// <summary>Computes by hand what autograd leaves to it, after autograd has passed the likelihood.</summary>
    public void Backward()
    {
        // Whatever depends on a layer's output is later in the pass.
        foreach (var layer in _layers)
            layer.Backward();
    }

    public void Dispose()
    {
        foreach (var layer in _layers)
            layer.Dispose();
        arithmetic.Forget();
    }
}
