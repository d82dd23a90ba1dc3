using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tabular;

/// <summary>Outputs of a likelihood that learns nothing and is that of the ensemble.</summary>
/// <param name="name">What summaries call it.</param>
/// <param name="outputs">The number of outputs.</param>
/// <param name="likelihood">p(y | f).</param>
/// <param name="shrinksWeights">Whether the prior of the last weights learns its scale; a learned scale would make the logits of classes small.
/// </param>
internal sealed class PlainHead(string name, int outputs, Likelihood likelihood, bool shrinksWeights = true) : MemberHead(name, outputs)
{
    /// <inheritdoc/>
    public override bool ShrinksWeights => shrinksWeights;

    /// <inheritdoc/>
    public override Likelihood CreateLikelihood() => likelihood;
}
