using System.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Computes the passes of a small network in managed code, or, if the input or the target does not allow it, as a <see cref="LeafStrategy"/>.
/// </summary>
internal sealed class ManagedStrategy<T>(
    StepContext context, FlatPosterior flat, FlatArithmetic arithmetic, Parameter[] others, SmallNetwork<T> network)
    : LeafStrategy(context, flat, arithmetic, others) where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override ElboTerms Compute(NetworkInput input, Tensor target, double klFactor) =>
        TryCompute(input, target, klFactor) is { } loss ? Terms(loss, klFactor) : base.Compute(input, target, klFactor);

    /// <inheritdoc/>
    public override StepLoss ComputeNumbers(NetworkInput input, Tensor target, double klFactor) =>
        TryCompute(input, target, klFactor) ?? base.ComputeNumbers(input, target, klFactor);

    private StepLoss? TryCompute(NetworkInput input, Tensor target, double klFactor)
    {
        double klWeight = Context.Loss.KlWeightOf(klFactor, Type);
        var computed = input.Count == 1 ? network.TryCompute(input[0], target, klWeight) : null;
        IsManaged = computed is not null;
        return computed is var (negativeLogLikelihood, divergence)
            ? new StepLoss(negativeLogLikelihood + klWeight * divergence, negativeLogLikelihood, divergence, klWeight * Context.Loss.DatasetSize)
            : null;
    }
}
