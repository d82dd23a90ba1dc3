using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary><c>nn.Linear</c> and <see cref="BayesianLinear"/>.</summary>
internal sealed class LinearConversion : WeightLayerConversion<Linear, BayesianLinear>
{
    /// <inheritdoc/>
    protected override Parameter Weight(Linear plain) => plain.weight;

    /// <inheritdoc/>
    protected override Parameter? Bias(Linear plain) => plain.bias;

    /// <inheritdoc/>
    protected override BayesianLinear Create(Linear plain, LayerStart start) =>
        new(plain.in_features, plain.out_features, start.HasBias, start.Prior, start.BiasPrior, start.Initializer, start.Device, start.Dtype);

    /// <inheritdoc/>
    protected override Linear Create(BayesianLinear bayesian, Device device, ScalarType dtype) =>
        nn.Linear(bayesian.InputSize, bayesian.OutputSize, bayesian.HasBias, device, dtype);
}
