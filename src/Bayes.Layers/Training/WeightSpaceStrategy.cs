using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Trains a network as it is: puts each draw into the network's parameters as leaves, so that autograd goes through the network's own forward alone,
/// for one draw after the other, and then from all draws to the posteriors' parameters. The noise is that of <see cref="Reparameterization"/>.
/// </summary>
internal sealed class WeightSpaceStrategy(StepContext context, WeightSpaceModule model, Reparameterization estimator, Parameter[] parameters)
    : StepStrategy(context, parameters)
{
    /// <inheritdoc/>
    public override bool IsFast => true;

    /// <summary>Determines whether the strategy fits: the model is a network in weight space, all of whose priors have a closed form.</summary>
    public static bool Fits(StepContext context) =>
        context.Estimator is Reparameterization && context.Model is WeightSpaceModule { LastLayerPath: null }
        && context.Model.Variables().All(variable => variable.Prior.HasClosedForm);

    /// <inheritdoc/>
    protected override ElboTerms Pass(NetworkInput input, Tensor target, double klFactor)
    {
        var loss = Context.Loss;
        input.RequireBatch();
        using var draws = new Pass(estimator) { Model = model };
        Tensor[] drawn = model.Draw(draws);
        Tensor[] gradients = Array.ConvertAll(drawn, weights => zeros_like(weights.detach()));
        var negativeLogLikelihood = zeros([], drawn[0].dtype.AtLeastSingle(), drawn[0].device);
        using Scalar share = 1.0 / estimator.Samples;
        for (int draw = 0; draw < estimator.Samples; draw++)
        {
            using var scope = NewDisposeScope();
            Tensor[] leaves = Array.ConvertAll(drawn, weights => weights.detach().select(0, draw).requires_grad_());
            model.Differentiate(input.Tensors, leaves, Array.ConvertAll(gradients, gradient => gradient.select(0, draw)), Loss);
        }
        var divergence = model.KlDivergence();
        using Scalar weight = loss.KlWeight * klFactor;
        for (int i = 0; i < drawn.Length; i++)
            drawn[i].backward([gradients[i]]);
        divergence.mul(weight).backward();
        return loss.Terms(negativeLogLikelihood, divergence.detach(), klFactor);

        Tensor Loss(Tensor output)
        {
            var own = loss.NegativeLogLikelihood(output.unsqueeze(0), target);
            RequireGradient(own);
            using (no_grad())
                negativeLogLikelihood.add_(own.detach(), share);
            return own.mul(share);
        }
    }
}
