using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A fully connected layer y = x Wᵀ + b whose weights are distributions (Blundell et al. 2015, "Weight Uncertainty in Neural Networks"):
/// <c>[B, …, in]</c> → <c>[B, …, out]</c>, or <c>[in]</c> → <c>[out]</c> for a single row.
/// </summary>
public sealed class BayesianLinear : BayesianLayer
{
    /// <summary>Creates a layer from <paramref name="inputSize"/> features to <paramref name="outputSize"/>.</summary>
    /// <param name="inputSize">Number of input features; at least 1.</param>
    /// <param name="outputSize">Number of output features; at least 1.</param>
    /// <param name="hasBias">Whether a bias is added, which is a distribution too.</param>
    /// <param name="prior">The prior of weight and bias; N(0, 1) by default.</param>
    /// <param name="biasPrior">The prior of the bias, if it is not that of the weight.</param>
    /// <param name="initializer">
    /// How the posterior starts; <see cref="FanInInitializer"/> of gain 1 by default: mu ~ N(0, 1 / fan-in), sigma a tenth of that spread.
    /// </param>
    /// <param name="device">The device of the parameters; torch's default device by default.</param>
    /// <param name="dtype">The element type of the parameters; torch's default type by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    /// <exception cref="ArgumentException">The device is not available, or the type is not floating-point.</exception>
    public BayesianLinear(
        long inputSize, long outputSize, bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null,
        Device? device = null, ScalarType? dtype = null)
        : base(nameof(BayesianLinear), new LinearMap(inputSize, outputSize), hasBias, prior, biasPrior, initializer, device, dtype)
    {
        InputSize = inputSize;
        OutputSize = outputSize;
    }

    /// <summary>Gets the number of input features.</summary>
    public long InputSize { get; }

    /// <summary>Gets the number of output features.</summary>
    public long OutputSize { get; }

    /// <inheritdoc/>
    protected internal override string Describe() => $"in_features={InputSize}, out_features={OutputSize}, bias={HasBias}";
}
