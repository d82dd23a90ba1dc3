using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Draws S weights, w_s = mu + sigma · eps_s, and passes the input through each: Bayes by Backprop
/// (Blundell et al. 2015, "Weight Uncertainty in Neural Networks", §3.2, algorithm 1). All rows of a batch see the same S
/// functions, and the S passes are one vectorised call. No two draws share noise.
/// </summary>
public sealed class Reparameterization : Estimator
{

    /// <summary>An estimator of <paramref name="samples"/> draws.</summary>
    /// <param name="samples">S; at least 1.</param>
    /// <param name="noise">Where eps comes from: for each layer the weight's, then the bias's; by default torch's global generator.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public Reparameterization(int samples = 1, NoiseSource? noise = null) : base(samples) => Noise = noise ?? TorchNoise.Global;

    /// <summary>Where eps comes from.</summary>
    public NoiseSource Noise { get; }

    /// <inheritdoc/>
    protected override Tensor EstimateOutput(BilinearMap map, Tensor input, MeanFieldNormal weight, MeanFieldNormal? bias)
    {
        using var scope = NewDisposeScope();
        // One draw needs no axis of draws on the weight: fewer and cheaper operations, which is what training at S = 1 is made of.
        var output = Samples == 1
            ? map.Apply(input, weight.Draw(Noise), bias?.Draw(Noise))
            : map.ApplyPerDraw(input, weight.Draw(Samples, Noise), bias?.Draw(Samples, Noise));
        return output.MoveToOuterDisposeScope();
    }
}
