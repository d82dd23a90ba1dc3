using Bayes.Layers.Estimators;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// The draws of one parameter of a network in a step, and the way of their gradient to the posterior: the chain rule by hand for independent normal
/// weights under a prior with a closed-form gradient, and autograd otherwise.
/// </summary>
/// <remarks>Its tensors belong to the dispose scope in which it is made.</remarks>
internal abstract class WeightSpaceDraws
{
    /// <summary>Draws weights.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="posterior">Its posterior.</param>
    /// <param name="pass">The pass of the step, whose draws share noise that several posteriors share.</param>
    /// <param name="estimator">The number of draws, and the source of their noise.</param>
    public static WeightSpaceDraws Of(NetworkVariable variable, WeightPosterior posterior, Pass pass, Reparameterization estimator) =>
        posterior.MeanField is { } independent && variable.Prior is IKlGradient prior
            ? new ByHand(variable, independent, prior, estimator)
            : new ByAutograd(variable, posterior, pass, estimator);

    /// <summary>Gets the weights, <c>[S, …shape]</c>, without gradient.</summary>
    public abstract Tensor Weights { get; }

    /// <summary>Stores the gradients of the posterior's parameters.</summary>
    /// <param name="gradient">The gradient of the likelihood with respect to the weights, <c>[S, …shape]</c>; null if it does not use them.</param>
    /// <param name="klWeight">The factor of the KL divergence.</param>
    /// <returns>KL(q ‖ p), a scalar without gradient.</returns>
    public abstract Tensor End(Tensor? gradient, double klWeight);

    private sealed class ByHand : WeightSpaceDraws
    {
        private readonly NetworkVariable _variable;
        private readonly MeanFieldNormal _posterior;
        private readonly IKlGradient _prior;
        private readonly Tensor _stddev;
        private readonly Tensor _epsilon;

        public ByHand(NetworkVariable variable, MeanFieldNormal posterior, IKlGradient prior, Reparameterization estimator)
        {
            using var noGrad = no_grad();
            (_variable, _posterior, _prior) = (variable, posterior, prior);
            _epsilon = estimator.Noise.StandardNormal([estimator.Samples, .. posterior.Mean.shape], posterior.Mean.dtype, posterior.Mean.device);
            _stddev = posterior.LogVariance.mul(Scalars.Half).exp_();
            Weights = variable.Fixed(addcmul(posterior.Mean, _stddev, _epsilon, Scalars.One));
        }

        public override Tensor Weights { get; }

        public override Tensor End(Tensor? gradient, double klWeight)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            Tensor mean, logVariance;
            if (gradient is null)
                (mean, logVariance) = (_stddev.zeros_like(), _stddev.zeros_like());
            else
            {
                gradient = _variable.Fixed(gradient);
                mean = gradient.shape[0] == 1 ? gradient[0] : gradient.sum([0L]);
                var ofStddev = _epsilon.mul_(gradient);
                logVariance = (ofStddev.shape[0] == 1 ? ofStddev[0] : ofStddev.sum([0L])).mul_(_stddev).mul_(Scalars.Half);
            }
            var divergence = _prior.AddKlGradient(_posterior, _stddev.mul_(_stddev), mean, logVariance, klWeight);
            Store(_posterior.Mean, mean);
            Store(_posterior.LogVariance, logVariance);
            return divergence.MoveToOuterDisposeScope();
        }

        // The gradient belongs to the parameter.
        private static void Store(Tensor parameter, Tensor gradient)
        {
            if (parameter.requires_grad)
                parameter.grad = gradient;
        }
    }

    private sealed class ByAutograd : WeightSpaceDraws
    {
        private readonly NetworkVariable _variable;
        private readonly WeightPosterior _posterior;
        private readonly Tensor _drawn;

        public ByAutograd(NetworkVariable variable, WeightPosterior posterior, Pass pass, Reparameterization estimator)
        {
            (_variable, _posterior) = (variable, posterior);
            _drawn = variable.Fixed(pass.Weights(posterior, estimator.Noise));
            Weights = _drawn.detach();
        }

        public override Tensor Weights { get; }

        public override Tensor End(Tensor? gradient, double klWeight)
        {
            using var scope = NewDisposeScope();
            using Scalar weight = klWeight;
            if (gradient is not null && _drawn.requires_grad)
                _drawn.backward([gradient]);
            var divergence = _variable.Prior.KlDivergence(_posterior);
            if (divergence.requires_grad)
                divergence.mul(weight).backward();
            return divergence.detach().MoveToOuterDisposeScope();
        }
    }
}
