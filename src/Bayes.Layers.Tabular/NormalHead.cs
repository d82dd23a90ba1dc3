using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tabular;

/// <summary>A normal distribution, whose mean and variance are outputs: noise that depends on the input.</summary>
/// <param name="mixture">The likelihood of the ensemble.</param>
internal sealed class NormalHead(GaussianMixtureLikelihood mixture) : MemberHead("normal", 3)
{
    /// <summary>Returns a mixture of one component, with the least standard deviation of the ensemble's; its only logit means nothing.</summary>
    public override Likelihood CreateLikelihood() => new GaussianMixtureLikelihood(1, mixture.MinimumStddev);

    /// <inheritdoc/>
    public override int? SharedOutputs => 3 * mixture.Components;

    /// <summary>Writes equal logits, and the mean and the log-variance of each component.</summary>
    /// <inheritdoc/>
    public override void Expand(Likelihood likelihood, float[,] weight, float[] bias)
    {
        int count = mixture.Components;
        for (int component = 0; component < count; component++)
            (weight[count + component, 1], weight[2 * count + component, 2]) = (1, 1);
    }
}
