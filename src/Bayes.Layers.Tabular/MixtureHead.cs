using Bayes.Layers.Likelihoods;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>
/// A mixture of normal distributions, whose weights, means and variances are outputs: noise of any shape that depends on the input.
/// </summary>
/// <param name="likelihood">The likelihood of the ensemble.</param>
internal sealed class MixtureHead(GaussianMixtureLikelihood likelihood) : MemberHead("mixture", 3 * likelihood.Components)
{
    // A component starts with e^(−½) of the target's standard deviation, and the next one lies one standard deviation above it.
    private static readonly Scalar FirstLogVariance = -1.0;

    /// <inheritdoc/>
    public override Likelihood CreateLikelihood() => likelihood;

    /// <inheritdoc/>
    public override void Start(Tensor mean)
    {
        int count = likelihood.Components;
        for (int component = 0; component < count; component++)
        {
            using Scalar place = component - (count - 1) / 2.0;
            mean.narrow(0, count + component, 1).fill_(place);
        }
        mean.narrow(0, 2 * count, count).fill_(FirstLogVariance);
    }
}
