using System.Numerics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Kernels;
using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Chooses how the gradients of a <see cref="VariationalStep"/> are computed, depending on the model, the loss and the estimator.</summary>
internal static class StepStrategies
{
    /// <summary>Returns the fastest strategy. It may move the model's parameters into one storage.</summary>
    public static StepStrategy For(StepContext context)
    {
        if (WeightSpaceStrategy.Fits(context))
            return new WeightSpaceStrategy(
                context, (WeightSpaceModule)context.Model, (Reparameterization)context.Estimator, Distinct(context));
        if (!FlatPosterior.CanHold(context.Model))
            return new PlainStrategy(context, Distinct(context));
        var flat = new FlatPosterior(context.Model.Variables());
        var views = flat.Views.ToHashSet<Tensor>(ReferenceEqualityComparer.Instance);
        Parameter[] others = [.. AllParameters(context).Where(parameter => !views.Contains(parameter))];
        return !flat.Mean.IsPlain() ? WithOperations(context, flat, new TensorArithmetic(flat), others)
            : flat.Mean.dtype == ScalarType.Float32 ? WithManagedCode<float>(context, flat, others)
            : WithManagedCode<double>(context, flat, others);
    }

    private static IEnumerable<Parameter> AllParameters(StepContext context) => context.Model.parameters().Concat(context.Loss.parameters());

    // A network may hold two objects of one parameter, which must not take two steps.
    private static Parameter[] Distinct(StepContext context) => [.. AllParameters(context).DistinctBy(each => ParameterIdentity.Of(each))];

    private static StepStrategy WithOperations(StepContext context, FlatPosterior flat, FlatArithmetic arithmetic, Parameter[] others) =>
        context.Estimator.TakesLeaves
            ? new LeafStrategy(context, flat, arithmetic, others)
            : new FlatStrategy(context, flat, arithmetic, others);

    private static StepStrategy WithManagedCode<T>(StepContext context, FlatPosterior flat, Parameter[] others)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var arithmetic = new ManagedArithmetic<T>(flat);
        SmallLayers<T>? layers = context.Estimator switch
        {
            Reparameterization => new SmallDrawnLayers<T>(flat),
            LocalReparameterization => new SmallNormalLayers<T>(flat),
            _ => null,
        };
        return layers is not null
            && SmallNetwork<T>.TryOf(context, flat, arithmetic, (SamplingEstimator)context.Estimator, layers) is { } network
            ? new ManagedStrategy<T>(context, flat, arithmetic, others, network)
            : WithOperations(context, flat, arithmetic, others);
    }
}
