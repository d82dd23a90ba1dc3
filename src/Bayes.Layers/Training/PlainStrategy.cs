using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Leaves everything to autograd. Works for every model, posterior, prior and estimator.</summary>
internal sealed class PlainStrategy(StepContext context, Parameter[] parameters) : StepStrategy(context, parameters)
{
    /// <inheritdoc/>
    protected override ElboTerms Pass(NetworkInput input, Tensor target, double klFactor)
    {
        var loss = Context.Loss;
        var (negativeLogLikelihood, divergence) = Context.Model.NegativeLogLikelihoodWithKl(input, target, loss, Context.Estimator);
        using var terms = loss.Terms(negativeLogLikelihood, divergence, klFactor);
        RequireGradient(terms.NegativeLogLikelihood);
        terms.Total.backward();
        return loss.Terms(terms.NegativeLogLikelihood.detach(), terms.KlDivergence.detach(), klFactor);
    }
}
