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
        using var pass = new Pass(estimator);
        WeightSpaceDraws[] drawn = [.. model.NetworkVariables.Zip(
            model.Posteriors(), (variable, posterior) => WeightSpaceDraws.Of(variable, posterior, pass, estimator))];
        var gradients = new Tensor?[drawn.Length];
        var losses = new Tensor[estimator.Samples];
        for (int draw = 0; draw < losses.Length; draw++)
        {
            using var scope = NewDisposeScope();
            Tensor[] leaves = Array.ConvertAll(drawn, each => each.Weights.detach().select(0, draw).requires_grad_());
            var (own, ofWeights) = model.Differentiate(input.Tensors, leaves, Likelihood);
            losses[draw] = own.detach().MoveToOuterDisposeScope();
            for (int i = 0; i < drawn.Length; i++)
                if (ofWeights[i] is { } gradient)
                    Add(i, draw, gradient);
        }
        double klWeight = loss.KlWeight * klFactor;
        var divergence = drawn.Select((each, i) => each.End(gradients[i], klWeight)).Aggregate((sum, next) => sum.add(next, Scalars.One));
        return loss.Terms(losses.Aggregate((sum, next) => sum.add(next, Scalars.One)), divergence, klFactor);

        // The share of one draw in the mean over all draws.
        Tensor Likelihood(Tensor output)
        {
            using var scope = NewDisposeScope();
            using Scalar share = 1.0 / estimator.Samples;
            var own = loss.NegativeLogLikelihood(output.unsqueeze(0), target);
            RequireGradient(own);
            return (estimator.Samples == 1 ? own : own.mul(share)).MoveToOuterDisposeScope();
        }

        void Add(int variable, int draw, Tensor gradient)
        {
            if (estimator.Samples == 1)
                gradients[variable] = gradient.unsqueeze(0).MoveToOuterDisposeScope();
            else
                (gradients[variable] ??= zeros_like(drawn[variable].Weights).MoveToOuterDisposeScope()).select(0, draw).copy_(gradient);
        }
    }
}
