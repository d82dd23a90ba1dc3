using System.Numerics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Chooses how the gradients of a <see cref="VariationalStep"/> are computed, by what the model, the loss and the estimator are.</summary>
internal static class StepStrategies
{
    /// <summary>Returns the fastest strategy that computes them. It may move the model's parameters into one storage.</summary>
    public static StepStrategy For(StepContext context)
    {
        if (!FlatPosterior.CanHold(context.Model))
            return new PlainStrategy(context, [.. AllParameters(context)]);
        var flat = new FlatPosterior(context.Model.Variables());
        var views = flat.Views.ToHashSet<Tensor>(ReferenceEqualityComparer.Instance);
        Parameter[] others = [.. AllParameters(context).Where(parameter => !views.Contains(parameter))];
        return !flat.Mean.IsPlain() ? InOperations(context, flat, new TensorArithmetic(flat), others)
            : flat.Mean.dtype == ScalarType.Float32 ? InNumbers<float>(context, flat, others)
            : InNumbers<double>(context, flat, others);
    }

    private static IEnumerable<Parameter> AllParameters(StepContext context) => context.Model.parameters().Concat(context.Loss.parameters());

    private static StepStrategy InOperations(StepContext context, FlatPosterior flat, FlatArithmetic arithmetic, Parameter[] others) =>
        context.Estimator is Reparameterization estimator
            ? new LeafStrategy(context, estimator, flat, arithmetic, others)
            : new FlatStrategy(context, flat, arithmetic, others);

    private static StepStrategy InNumbers<T>(StepContext context, FlatPosterior flat, Parameter[] others)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var arithmetic = new ManagedArithmetic<T>(flat);
        return context.Estimator is Reparameterization estimator && SmallNetwork<T>.TryOf(context, flat, arithmetic, estimator) is { } network
            ? new ManagedStrategy<T>(context, estimator, flat, arithmetic, others, network)
            : InOperations(context, flat, arithmetic, others);
    }
}
