using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>What the gradients of a <see cref="VariationalStep"/> are computed from.</summary>
/// <param name="Model">The model.</param>
/// <param name="Loss">The negative ELBO.</param>
/// <param name="Estimator">The estimator, which integrates over the posterior.</param>
internal sealed record StepContext(BayesianModule Model, ElboLoss Loss, Estimator Estimator)
{
    /// <summary>Gets the estimate of the work of a pass.</summary>
    public StepWork Work { get; } = new(Model, Estimator.Samples);
}

/// <summary>A way to compute the gradients of a <see cref="VariationalStep"/>, and the place where they are stored.</summary>
/// <param name="context">What the gradients are computed from.</param>
/// <param name="others">The parameters whose gradients autograd stores in <c>Parameter.grad</c>.</param>
internal abstract class StepStrategy(StepContext context, Parameter[] others) : IDisposable
{
    /// <summary>Gets the parameters that an optimizer steps.</summary>
    public virtual IReadOnlyList<Parameter> Parameters => others;

    /// <summary>Gets the model's own parameters that are views of some of <see cref="Parameters"/>.</summary>
    public virtual IReadOnlyList<Parameter> Views => [];

    /// <summary>Gets the parameters whose gradients autograd stores in <c>Parameter.grad</c>.</summary>
    public Parameter[] Others => others;

    /// <summary>Gets whether autograd goes through the network alone, and not to mu and log_var.</summary>
    public virtual bool IsFast => false;

    /// <summary>Gets whether the last pass and its gradient were computed in managed code.</summary>
    public bool IsManaged { get; protected set; }

    /// <summary>Gets what the gradients are computed from.</summary>
    protected StepContext Context => context;

    /// <summary>Gets the type in which the KL divergence is computed.</summary>
    protected virtual ScalarType Type => ScalarType.Float64;

    /// <summary>Gets the gradients of all parameters; null for one that the loss does not depend on.</summary>
    protected virtual IEnumerable<Tensor?> AllGradients => others.Select(parameter => parameter.grad);

    /// <summary>Clears the gradients of the previous batch.</summary>
    /// <exception cref="InvalidOperationException">A parameter was replaced.</exception>
    public void ClearGradients()
    {
        foreach (var parameter in others)
        {
            if (parameter.IsInvalid)
                throw ReplacedParameters.Error();
            parameter.grad = null;
        }
    }

    /// <summary>Computes the loss of a batch and its gradients.</summary>
    /// <returns>The loss, without gradient; the caller disposes it.</returns>
    public virtual ElboTerms Compute(NetworkInput input, Tensor target, double klFactor)
    {
        using var scope = NewDisposeScope();
        return ByAutograd(input, target, klFactor).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the loss of a batch and its gradients.</summary>
    /// <returns>The loss as numbers.</returns>
    public virtual StepLoss ComputeNumbers(NetworkInput input, Tensor target, double klFactor)
    {
        using var scope = NewDisposeScope();
        return StepLoss.Of(ByAutograd(input, target, klFactor));
    }

    /// <summary>Returns a loss as tensors, which the caller disposes.</summary>
    public ElboTerms Terms(StepLoss loss, double klFactor)
    {
        using var scope = NewDisposeScope();
        using Scalar negativeLogLikelihood = loss.NegativeLogLikelihood, divergence = loss.KlDivergence;
        return context.Loss.Terms(full([], negativeLogLikelihood, Type), full([], divergence, Type), klFactor).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the gradient of a parameter that the optimizer steps; null if it has none.</summary>
    public virtual Tensor? GradientOf(Parameter parameter) => parameter.grad;

    /// <summary>Computes the Euclidean norm of all gradients together.</summary>
    public virtual double GradientNorm() => Math.Sqrt(Gradients.SquareOf(AllGradients));

    /// <summary>Multiplies all gradients by a factor.</summary>
    public void ScaleGradients(double factor) => Gradients.Scale(AllGradients, factor);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Passes a batch through the network and back.</summary>
    /// <returns>The loss, without gradient.</returns>
    protected abstract ElboTerms Pass(NetworkInput input, Tensor target, double klFactor);

    /// <summary>Passes a batch through the network, and backpropagates the likelihood alone.</summary>
    /// <returns>The mean of −log p(y | f), without gradient.</returns>
    protected Tensor PassLikelihood(NetworkInput input, Tensor target, IPosteriorLeaves? leaves = null)
    {
        var negativeLogLikelihood = context.Model.NegativeLogLikelihood(input, target, context.Loss, context.Estimator, leaves);
        RequireGradient(negativeLogLikelihood);
        negativeLogLikelihood.backward();
        return negativeLogLikelihood.detach();
    }

    /// <summary>Refuses a likelihood without gradient.</summary>
    protected static void RequireGradient(Tensor negativeLogLikelihood)
    {
        if (!negativeLogLikelihood.requires_grad)
            throw new InvalidOperationException(
                "The likelihood has no gradient, so nothing would be learned from the data: do not run a step under no_grad.");
    }

    private ElboTerms ByAutograd(NetworkInput input, Tensor target, double klFactor)
    {
        context.Loss.KlWeightOf(klFactor, Type);
        using var threads = TorchThreads.ForWork(context.Work.Products(input));
        using var watch = BatchNormalization.Watch(context.Model, input.Rows);
        return Pass(input, target, klFactor);
    }
}
