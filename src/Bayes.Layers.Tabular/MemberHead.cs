using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>The end of a network: what it returns, and how that is trained.</summary>
/// <param name="Name">What summaries call it.</param>
/// <param name="Outputs">The number of outputs in training.</param>
/// <param name="Likelihood">p(y | f) in training, which learns nothing.</param>
/// <param name="Expansion">Makes the module that turns the outputs into those that all networks of an ensemble share; null if they are them.</param>
/// <param name="ShrinksWeights">Whether the prior of the last weights learns its scale; a learned scale would make the logits of classes small.
/// </param>
internal sealed record MemberHead(
    string Name, int Outputs, Likelihood Likelihood, Func<nn.Module<Tensor, Tensor>>? Expansion = null, bool ShrinksWeights = true)
{
    /// <summary>Returns a head with one normal distribution, whose mean and logarithm of the variance are outputs.</summary>
    /// <param name="mixture">The likelihood of the ensemble.</param>
    public static MemberHead Normal(GaussianMixtureLikelihood mixture) => new(
        "normal noise", 2, new HeteroscedasticGaussianLikelihood(), () => SameComponents(mixture.Components));

    /// <summary>Returns a head with a mixture of normal distributions.</summary>
    /// <param name="mixture">The likelihood of the ensemble.</param>
    public static MemberHead Mixture(GaussianMixtureLikelihood mixture) => new("mixture", 3 * mixture.Components, mixture);

    // [mean, log-variance] becomes K equal logits, K times the mean, K times the log-variance.
    private static nn.Module<Tensor, Tensor> SameComponents(int components)
    {
        var linear = nn.Linear(2, 3 * components);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var weight = zeros(3 * components, 2);
        weight.narrow(0, components, components).select(1, 0).fill_(1);
        weight.narrow(0, 2 * components, components).select(1, 1).fill_(1);
        linear.weight.copy_(weight);
        linear.bias!.zero_();
        foreach (var parameter in linear.parameters())
            parameter.requires_grad_(false);
        return linear;
    }
}
