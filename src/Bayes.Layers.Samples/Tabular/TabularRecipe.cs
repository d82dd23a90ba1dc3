using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Tabular;

/// <summary>A kind of network in the mixture: its activation and, for regression, its likelihood.</summary>
/// <param name="Activation">Makes the activation.</param>
/// <param name="Gain">Gain of the first layer's initial weights, which depends on the activation.</param>
/// <param name="Likelihood">Makes the likelihood of a regression.</param>
/// <param name="Outputs">Number of outputs that this likelihood takes.</param>
internal sealed record TabularRecipe(Func<nn.Module<Tensor, Tensor>> Activation, double Gain, Func<Likelihood> Likelihood, long Outputs)
{
    // Initial standard deviation of the noise of the standardised target.
    private const double FirstNoise = 0.5;
    private const double DegreesOfFreedom = 4;

    private static readonly Func<nn.Module<Tensor, Tensor>> Relu = () => nn.ReLU();
    private static readonly Func<nn.Module<Tensor, Tensor>> Tanh = () => nn.Tanh();

    /// <summary>
    /// Gets the networks of a regression: smooth and piecewise functions, each with noise that depends on the input and with noise that has heavy
    /// tails. The ELBO decides which of them fits the data.
    /// </summary>
    public static IReadOnlyList<TabularRecipe> OfRegression { get; } =
    [
        new(Relu, Math.Sqrt(2), () => new HeteroscedasticGaussianLikelihood(), 2),
        new(Tanh, 1, () => new HeteroscedasticGaussianLikelihood(), 2),
        new(Relu, Math.Sqrt(2), () => StudentTLikelihood.Learned(DegreesOfFreedom, FirstNoise), 1),
        new(Tanh, 1, () => StudentTLikelihood.Learned(DegreesOfFreedom, FirstNoise), 1),
    ];

    /// <summary>Gets the networks of a classification: smooth and piecewise functions.</summary>
    public static IReadOnlyList<TabularRecipe> OfClasses { get; } =
    [
        new(Relu, Math.Sqrt(2), () => new CategoricalLikelihood(), 0),
        new(Tanh, 1, () => new CategoricalLikelihood(), 0),
    ];
}
