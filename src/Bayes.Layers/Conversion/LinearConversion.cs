using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts between <c>nn.Linear</c> and <see cref="BayesianLinear"/>.</summary>
internal sealed class LinearConversion : WeightLayerConversion<Linear, BayesianLinear>
{
    /// <inheritdoc/>
    protected override Parameter Weight(Linear plain) => plain.weight;

    /// <inheritdoc/>
    protected override Parameter? Bias(Linear plain) => plain.bias;

    /// <inheritdoc/>
    protected override void SetWeight(Linear plain, Parameter weight) => plain.weight = weight;

    /// <inheritdoc/>
    protected override void SetBias(Linear plain, Parameter bias) => plain.bias = bias;

    /// <inheritdoc/>
    protected override BayesianLinear Create(Linear plain, LayerStart start)
    {
        // Not in_features, which does not change when another weight is assigned.
        long[] shape = plain.weight.shape;
        return new(shape[1], shape[0], start.HasBias, start.Prior, start.BiasPrior, start.Initializer, start.Device, start.Dtype);
    }

    /// <inheritdoc/>
    protected override Linear Create(BayesianLinear bayesian, Device device, ScalarType dtype) =>
        nn.Linear(bayesian.InputSize, bayesian.OutputSize, bayesian.HasBias, device, dtype);
}
