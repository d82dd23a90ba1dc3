using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>Initial values of the first layer: weights by fan-in, and biases spread like the inputs, so that units bend at different x.</summary>
internal sealed class SpreadBiases(FanInInitializer weights) : PosteriorInitializer
{
    /// <inheritdoc/>
    public override (Tensor Mean, Tensor LogVariance) Initialize(long[] shape, long fanIn, NoiseSource noise, ScalarType dtype)
    {
        var (mean, logVariance) = weights.Initialize(shape, fanIn, noise, dtype);
        if (shape.Length == 1)
            mean.copy_(noise.StandardNormal(shape, dtype, CPU));
        return (mean, logVariance);
    }
}
