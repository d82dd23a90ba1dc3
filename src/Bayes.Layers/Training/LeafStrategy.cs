using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Gives a pass leaves in place of the posteriors in one storage: autograd goes through the network alone, and the chain rule to mu and log_var is
/// computed by hand.
/// </summary>
internal class LeafStrategy(StepContext context, FlatPosterior flat, FlatArithmetic arithmetic, Parameter[] others)
    : FlatStrategy(context, flat, arithmetic, others)
{
    /// <inheritdoc/>
    public sealed override bool IsFast => true;

    /// <inheritdoc/>
    protected sealed override ElboTerms Pass(NetworkInput input, Tensor target, double klFactor)
    {
        using (no_grad())
            Begin();
        using var leaves = new FlatLeaves(Context.Estimator.Samples, Flat, Arithmetic);
        var negativeLogLikelihood = PassLikelihood(input, target, leaves);
        leaves.Backward();
        using var noGrad = no_grad();
        return Context.Loss.Terms(negativeLogLikelihood, Arithmetic.End(Context.Loss.KlWeight * klFactor), klFactor);
    }
}
