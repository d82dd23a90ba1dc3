using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Tabular;

/// <summary>A kind of network in the mixture: its activation and, for regression, what it takes the noise for.</summary>
/// <param name="Activation">Makes the activation.</param>
/// <param name="Gain">That of the first layer's start, for the activation.</param>
/// <param name="Likelihood">Makes the likelihood of a regression.</param>
/// <param name="Outputs">How many outputs that likelihood takes.</param>
internal sealed record TabularRecipe(Func<nn.Module<Tensor, Tensor>> Activation, double Gain, Func<Likelihood> Likelihood, long Outputs)
{
    // Of the standardised target, before anything is learned.
    private const double FirstNoise = 0.5;
    private const double DegreesOfFreedom = 4;

    private static readonly Func<nn.Module<Tensor, Tensor>> Relu = () => nn.ReLU();
    private static readonly Func<nn.Module<Tensor, Tensor>> Tanh = () => nn.Tanh();

    /// <summary>
    /// Smooth and piecewise functions, with noise that depends on the input or has heavy tails: what one of them cannot fit another can, and
    /// the ELBO weighs them.
    /// </summary>
    public static IReadOnlyList<TabularRecipe> OfRegression { get; } =
    [
        new(Relu, Math.Sqrt(2), () => new HeteroscedasticGaussianLikelihood(), 2),
        new(Tanh, 1, () => new HeteroscedasticGaussianLikelihood(), 2),
        new(Relu, Math.Sqrt(2), () => StudentTLikelihood.Learned(DegreesOfFreedom, FirstNoise), 1),
        new(Tanh, 1, () => StudentTLikelihood.Learned(DegreesOfFreedom, FirstNoise), 1),
    ];

    /// <summary>Smooth and piecewise functions.</summary>
    public static IReadOnlyList<TabularRecipe> OfClasses { get; } =
    [
        new(Relu, Math.Sqrt(2), () => new CategoricalLikelihood(), 0),
        new(Tanh, 1, () => new CategoricalLikelihood(), 0),
    ];
}
